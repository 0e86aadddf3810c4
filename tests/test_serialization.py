"""Python objects as bytes and back."""

import json
import pickle
import sys
from collections import OrderedDict

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from simvue.serialization import deserialize_data, serialize_object
from tests.journal import journals
from tests.names import named

mpl.use("Agg")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
DTYPES = st.sampled_from(["<f8", ">f4", "<i8", "u1", "?", "<c16", "<M8[s]", "S3", "<U5", [("a", "<f8"), ("ä", "<i4")]])


class Custom:
    """A type that only pickle knows."""

    def __eq__(self, other):
        return isinstance(other, Custom)

    __hash__ = None


def there_and_back(value, media_type, *, allow_pickle=False):
    data, found = serialize_object(value, allow_pickle=allow_pickle)
    assert isinstance(data, bytes)
    assert found == media_type
    return deserialize_data(data, found, allow_pickle=allow_pickle)


@given(DTYPES.flatmap(lambda dtype: arrays(np.dtype(dtype), array_shapes(min_dims=0, min_side=0, max_side=4))))
def test_an_array_comes_back_as_it_was(array):
    found = there_and_back(array, "application/vnd.simvue.numpy.v1")

    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


@given(JSON)
def test_what_json_has_comes_back_as_it_was(value):
    assert there_and_back(value, "application/json") == value


@pytest.mark.parametrize("index", [None, ["r", "s"]], ids=str)
def test_a_table_comes_back_with_its_index(index):
    table = pd.DataFrame({"a": [1.5, 2.0], "name, with comma": ["x", 'quo"te']}, index=index)

    found = there_and_back(table, "application/vnd.simvue.df.v1")

    pd.testing.assert_frame_equal(found, table)


def test_a_figure_of_plotly_comes_back():
    figure = go.Figure(go.Scatter(x=[1, 2], y=np.array([3.0, 4.0])), layout={"title": {"text": "Fläche"}})

    found = there_and_back(figure, "application/vnd.plotly.v1+json")

    assert found == figure


@pytest.mark.parametrize("by_module", [True, False])
def test_a_figure_of_matplotlib_comes_back_as_one_of_plotly_and_stays_open(by_module):
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the choice of a backend

    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [1, 4, 9])

    found = there_and_back(plt if by_module else figure, "application/vnd.plotly.v1+json")

    assert list(found.data[0].y) == [1, 4, 9]
    assert plt.get_fignums() == [figure.number]
    plt.close(figure)


def test_an_empty_figure_of_matplotlib_cannot_be_shown():
    from matplotlib.figure import Figure  # noqa: PLC0415

    with pytest.raises(ValueError, match="save it as an image"):
        serialize_object(Figure(), allow_pickle=False)
    assert serialize_object(Figure(), allow_pickle=True)[1] == "application/octet-stream"


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        b"bytes",
        1j,
        Custom(),
        {"nested": np.ones(2)},
        OrderedDict(a=b"x"),
        pd.Series([1, 2]),
        np.array([{"a": 1}], dtype=object),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    ],
    ids=named,
)
def test_anything_else_is_pickled_if_that_is_allowed(value):
    assert serialize_object(value, allow_pickle=False) is None

    data, media_type = serialize_object(value, allow_pickle=True)

    assert media_type == "application/octet-stream"
    assert deserialize_data(data, media_type, allow_pickle=False) is None
    assert repr(deserialize_data(data, media_type, allow_pickle=True))[:20] == repr(value)[:20]


def test_an_empty_ordered_dict_is_json():
    assert serialize_object(OrderedDict(), allow_pickle=False) == (b"{}", "application/json")


def test_what_is_nested_without_end_has_no_form():
    value = []
    value.append(value)

    assert serialize_object(value, allow_pickle=False) is None


def test_pickled_content_is_not_executed_under_another_media_type():
    data = pickle.dumps(Custom())

    for media_type in ("application/vnd.simvue.numpy.v1", "application/json"):
        with pytest.raises(ValueError):
            deserialize_data(data, media_type, allow_pickle=True)
    for media_type in ("text/plain", "", "application/pickle"):
        assert deserialize_data(data, media_type, allow_pickle=True) is None


def test_nothing_is_imported_for_objects_of_the_language():
    code = """
    import sys
    from simvue.serialization import serialize_object
    serialize_object({"a": [1, "x", None]}, allow_pickle=False)
    serialize_object({1, 2}, allow_pickle=True)
    print([name for name in ("numpy", "pandas", "torch", "plotly", "matplotlib") if name in sys.modules])
    """

    assert journals.run(code).stdout == "[]\n"


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ModuleNotFoundError, match="pip install pandas"):
        deserialize_data(b",a\n0,1\n", "application/vnd.simvue.df.v1", allow_pickle=False)


def test_tensors_of_torch_come_back():
    torch = pytest.importorskip("torch")
    state = torch.nn.Linear(2, 3).state_dict()

    found = there_and_back(state, "application/vnd.simvue.torch.v1")

    assert list(found) == list(state)
    assert all(torch.equal(found[name], state[name]) for name in state)
    assert torch.equal(there_and_back(torch.ones(2, 3), "application/vnd.simvue.torch.v1"), torch.ones(2, 3))
    assert json.loads(serialize_object(OrderedDict(a=1), allow_pickle=False)[0]) == {"a": 1}
