"""Python objects as the bytes of artifacts, and back: each type with a media type of its own.

The libraries that the types belong to are imported by whoever made the object, or when its bytes are read.
What becomes of the bytes is left to `simvue.run.objects` and `simvue.client`.
Tests: tests/test_serialization.py, tests/interop/objects.py.
"""

import json
import pickle
import sys
import warnings
from collections import OrderedDict
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from typing import Any

__all__ = ["deserialize_data", "serialize_object"]

_NUMPY = "application/vnd.simvue.numpy.v1"
_TABLE = "application/vnd.simvue.df.v1"
_TORCH = "application/vnd.simvue.torch.v1"
_PLOTLY = "application/vnd.plotly.v1+json"
_JSON = "application/json"
_PICKLE = "application/octet-stream"


def serialize_object(data: Any, *, allow_pickle: bool) -> tuple[bytes, str] | None:
    """Return an object as bytes and their media type; None if it has no form, or only that of a pickle.

    Args:
        data: An array of numpy (`.npy`), a DataFrame of pandas (CSV with its index), a tensor of torch or an
            OrderedDict of tensors (`torch.save`), a figure of plotly or matplotlib or the module pyplot, for its
            current figure (JSON of plotly), or what `json.dumps` takes.
        allow_pickle: Pickle what is none of these.

    Raises:
        ModuleNotFoundError: A figure of matplotlib needs plotly, and that is not installed.
        ValueError: plotly cannot show what matplotlib has drawn, and `allow_pickle` is false.
        Exception: Whatever pickling the object raises, with `allow_pickle`.
    """
    try:
        found = _typed(data)
    except ValueError:
        if not allow_pickle:
            raise
        found = None
    if found is None:
        with suppress(TypeError, ValueError, RecursionError):
            found = json.dumps(data).encode(), _JSON
    if found is None and allow_pickle:
        found = pickle.dumps(data), _PICKLE
    return found


def deserialize_data(data: bytes | bytearray | memoryview, mimetype: str, *, allow_pickle: bool) -> Any:
    """Return the object that `serialize_object` made these bytes of; None for any other media type.

    A pickle is read only with `allow_pickle`, and is None without: whoever wrote it chooses what is executed.

    Raises:
        ModuleNotFoundError: The library of the type is not installed.
        ValueError: The bytes are not of this media type.
    """
    if mimetype == _NUMPY:
        return _library("numpy").load(BytesIO(data), allow_pickle=False)
    if mimetype == _TABLE:
        return _library("pandas").read_csv(BytesIO(data), index_col=0)
    if mimetype == _TORCH:
        return _library("torch").load(BytesIO(data), map_location="cpu", weights_only=True)
    if mimetype == _PLOTLY:
        return _library("plotly.io", "plotly").from_json(bytes(data).decode())
    if mimetype == _JSON:
        return json.loads(bytes(data))
    if mimetype == _PICKLE and allow_pickle:
        return pickle.loads(data)  # noqa: S301 - the caller asked for it
    return None


def _typed(data: Any) -> tuple[bytes, str] | None:
    """Return the bytes of an object whose library has a form of its own."""
    if _is_a(data, "numpy", "ndarray"):
        return _array(data)
    if _is_a(data, "pandas", "DataFrame"):
        return data.to_csv().encode(), _TABLE
    if _is_a(data, "torch", "Tensor") or _is_state(data):
        target = BytesIO()
        sys.modules["torch"].save(data, target)
        return target.getvalue(), _TORCH
    if _is_a(data, "plotly.basedatatypes", "BaseFigure"):
        return data.to_json().encode(), _PLOTLY
    if data is sys.modules.get("matplotlib.pyplot", sys):
        return _drawn(data.gcf()), _PLOTLY
    if _is_a(data, "matplotlib.figure", "Figure"):
        return _drawn(data), _PLOTLY
    return None


def _is_a(data: object, module: str, name: str) -> bool:
    """Whether it is of a library's type; a library that nobody has imported has no objects."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(data, kind)


def _is_state(data: object) -> bool:
    """Whether it is what `state_dict` of torch returns: tensors by name."""
    if not isinstance(data, OrderedDict) or not data:
        return False
    return all(_is_a(value, "torch", "Tensor") for value in data.values())


def _array(array: Any) -> tuple[bytes, str] | None:
    if array.dtype.hasobject or _is_a(array, "numpy.ma", "MaskedArray"):  # .npy has no mask
        return None
    target = BytesIO()
    with warnings.catch_warnings():  # of a younger version of .npy, for the names of fields
        warnings.simplefilter("ignore", UserWarning)
        sys.modules["numpy"].save(target, array, allow_pickle=False)
    return target.getvalue(), _NUMPY


def _drawn(figure: Any) -> bytes:
    """Return a figure of matplotlib as plotly has it, and leave it open."""
    plotly = _library("plotly.matplotlylib", "plotly")
    renderer = plotly.PlotlyRenderer()
    with warnings.catch_warnings():  # plotly uses what matplotlib is about to drop
        warnings.simplefilter("ignore")
        try:
            plotly.Exporter(renderer, close_mpl=False).run(figure)
        except Exception as error:  # of any kind, where a figure has what plotly has not
            raise ValueError(f"plotly cannot show this figure: {error}; save it as an image") from error
    content: str = renderer.plotly_fig.to_json()
    return content.encode()


def _library(module: str, package: str | None = None) -> Any:
    package = package or module
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"this needs {package}: pip install {package}", name=package) from error
