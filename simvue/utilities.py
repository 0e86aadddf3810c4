"""Small functions that programs import from the published client.

Tests: ``tests/api/test_utilities.py``.
"""

import base64
import binascii
import functools
import hashlib
import json
import mimetypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from simvue.server.refusals import problems

__all__ = [
    "calculate_file_sha256",
    "calculate_object_sha256",
    "find_first_instance_of_file",
    "get_expiry",
    "get_file_artifact_storage_name",
    "get_mimetype_for_file",
    "get_mimetypes",
    "parse_pydantic_error",
    "parse_validation_response",
    "prettify_pydantic",
]

P = ParamSpec("P")
R = TypeVar("R")

_PLOTLY = "application/vnd.plotly.v1+json"
_BLOCK = 1 << 20


def find_first_instance_of_file(file_names: list[str] | str, *, check_user_space: bool = True) -> Path | None:
    """Return the nearest file of one of these names, from the current directory upwards.

    With `check_user_space` the home directory is looked at last.
    """
    names = [file_names] if isinstance(file_names, str) else file_names
    here = Path.cwd()
    for name in names:
        for folder in (here, *here.parents):
            if not os.access(folder, os.R_OK | os.X_OK):
                break
            if (folder / name).is_file():
                return folder / name
    in_home = [Path.home() / name for name in names] if check_user_space else []
    return next((path for path in in_home if path.is_file()), None)


def parse_validation_response(response: dict[str, Any]) -> str:
    """Return what a server found wrong with a request (the body of a 422), a line for each."""
    return "\n".join(problems(response["detail"], response.get("body")))


def parse_pydantic_error(error: Any) -> str:
    """Return what pydantic found wrong with values (a ``ValidationError``), a line for each."""
    found = [{"loc": one["loc"], "msg": one["msg"]} for one in error.errors()]
    return "\n".join([f"`{error.title}` does not accept these values:", *problems(found, None)])


def prettify_pydantic(func: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that checks its arguments with pydantic: it raises a RuntimeError that is easy to read."""

    @functools.wraps(func)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return func(*arguments, **options)
        except ValueError as error:
            pydantic = sys.modules.get("pydantic")
            if pydantic is None or not isinstance(error, pydantic.ValidationError):
                raise
            words = parse_pydantic_error(error)
        raise RuntimeError(words)

    return wrapped


def get_expiry(token: str) -> int | None:
    """Return when a token ends to be valid, in seconds since 1970; None if it does not say. Nothing is verified."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return int(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None


def calculate_object_sha256(file_data: Any) -> str:
    """Return the SHA-256 of bytes, or of an array's bytes, in hexadecimal digits."""
    return hashlib.sha256(file_data).hexdigest()


def calculate_file_sha256(file: str | Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with Path(file).open("rb") as content:
        while block := content.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def get_mimetypes() -> list[str]:
    """Return the media types that are known by the endings of names."""
    mimetypes.init()
    return [_PLOTLY, *mimetypes.types_map.values()]


def get_mimetype_for_file(file_path: str | Path) -> str:
    """Return the media type that a file's name tells, or that of any bytes."""
    return mimetypes.guess_type(str(file_path))[0] or "application/octet-stream"


def get_file_artifact_storage_name(
    preserve_path_relative_to: Literal["git", "cwd"] | None, file_path: str | Path
) -> str:
    """Return the name of a file's artifact: its own, or its path below the repository or the current directory.

    Raises:
        ValueError: the file is not below it, or there is no repository.
    """
    path = Path(file_path)
    if preserve_path_relative_to is None:
        return path.name
    base = Path.cwd() if preserve_path_relative_to == "cwd" else _repository(path)
    return str(path.resolve().relative_to(base.resolve()))


def _repository(path: Path) -> Path:
    command = ["git", "-C", str(path.resolve().parent), "rev-parse", "--show-toplevel"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise ValueError(f"{path} is in no git repository") from None
    return Path(found.stdout.strip())
