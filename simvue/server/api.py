"""Ask a Simvue server at once, and say what its answer means.

For ``simvue.Client`` and ``simvue.api.objects``; records are delivered by ``simvue.delivery``, which never
gives up and never asks twice for another thing. Here a question is repeated for some seconds and then fails.
How a request is carried out is left to ``session``; which server is asked, to ``simvue.api.access``.
Tests: ``tests/server/test_api.py``.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import orjson

from simvue.core.http import FileBody, Request, Response
from simvue.errors import NoAnswer, TlsFailure, Unreachable
from simvue.server.refusals import ServerRefusalError, refusal, storage_refusal
from simvue.server.session import HttpTransport
from simvue.server.upload import frame

__all__ = ["ANSWER_LIMIT", "Api", "Query", "path_of"]

ANSWER_LIMIT = 1 << 30
"""Bytes of an answer that a transport for `Api` should accept: the metrics of a large run come in one piece."""

Query = Mapping[str, object]
"""Parameters by name; see `Api.get` for how values are written."""

_TIMEOUT = 60.0  # seconds for one attempt
_UPLOAD_RATE = 1 << 20  # bytes a second that an upload must reach, on top of the timeout
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds between five attempts
_PATIENCE = 90.0  # seconds after which no further attempt begins
_PASSING = frozenset({502, 503, 504})
_ANONYMOUS = ("metrics", "events")  # what is posted there has no identifier, so a 409 need not name one
_log = logging.getLogger(__name__)


class Api:
    """One Simvue server, asked at once: safe to share between threads.

    Each question is asked up to five times within seconds, as long as the server cannot be reached, gives no
    answer or says 502, 503 or 504. A POST bears one `Idempotency-Key` through all its attempts.

    Every method raises:
        ObjectNotFoundError: a GET named an object that is not there.
        InvalidInputError: a POST's values were refused; a ValueError.
        ServerRefusalError: any other refusal; a RuntimeError.
        Unreachable, TlsFailure, NoAnswer: there was no answer, also not to the last attempt.
    """

    def __init__(self, transport: HttpTransport, address: str) -> None:
        self._transport = transport
        self.address = address.rstrip("/")
        """Where the API is, for example ``https://app.simvue.io/api``."""

    def __repr__(self) -> str:
        return f"Api({self.address})"

    def get(self, path: str, *, query: Query | None = None, body: object = None) -> Any:
        """Return the decoded answer of a GET; `body` is sent as JSON, for the few that want one.

        In `query`, None is left out, booleans are ``True`` and ``False``, lists and dictionaries are JSON, and
        a tuple repeats the parameter.
        """
        content, headers = (b"", ()) if body is None else _json(body)
        return self._ask("GET", path, query, content, headers)

    def post(self, path: str, body: object, *, query: Query | None = None, msgpack: bool = False) -> Any:
        """Return the answer of a POST; that the object exists already (409 with its id) is a success."""
        content, headers = _msgpack(body) if msgpack else _json(body)
        return self._ask("POST", path, query, content, headers, key=uuid.uuid4().hex)

    def put(self, path: str, body: object = None) -> Any:
        """Return the answer of a PUT; without `body` its content is empty."""
        content, headers = (b"", ()) if body is None else _json(body)
        return self._ask("PUT", path, None, content, headers)

    def delete(self, path: str, *, query: Query | None = None) -> Any:
        """Return the answer of a DELETE, often empty."""
        return self._ask("DELETE", path, query, b"", ())

    def rows(
        self, path: str, *, query: Query | None = None, count: int | None = None, start: int = 0, page: int = 100
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list from number `start` on: `count` of them, or all, never one more.

        Pages of at most `page` rows are asked for when they are needed.
        """
        left = count
        while left is None or left > 0:
            wanted = page if left is None else min(page, left)
            found = self.get(path, query={**(query or {}), "count": wanted, "start": start})
            rows = _rows(found)
            if isinstance(found, list) and len(rows) > wanted:  # a list that knows no pages is there as a whole
                yield from rows[start:][:left]
                return
            rows = rows[:wanted]
            yield from rows
            start += len(rows)
            left = None if left is None else left - len(rows)
            if len(rows) < wanted or start >= _total(found, start + 1):
                return

    def total(self, path: str, *, query: Query | None = None) -> int:
        """Return how many rows a list has."""
        found = self.get(path, query={**(query or {}), "count": 1, "start": 0})
        if isinstance(found, list):  # such lists do not say
            return sum(1 for _ in self.rows(path, query=query))
        return _total(found, len(_rows(found)))

    def download(self, url: str, destination: BinaryIO) -> None:
        """Write what is at a signed address to `destination`, of any size, piece by piece; no token is sent.

        A second attempt starts over at the position where the first began, so `destination` must be seekable.

        Raises:
            OSError: `destination` cannot be written.
        """
        begin = destination.tell()

        def attempt() -> Response:
            destination.seek(begin)
            destination.truncate()
            request = Request(method="GET", path=url, timeout=_TIMEOUT, headers=(("Accept-Encoding", "identity"),))
            return self._transport.stream(request, destination)

        answer, _ = _repeated(attempt)
        if answer.status != 200:
            raise storage_refusal(answer)

    def upload(self, url: str, fields: Mapping[str, str] | None, source: Path | bytes, name: str) -> None:
        """Send a file or bytes to a signed address: as a form if there are `fields`, else as they are.

        Raises:
            OSError: the file cannot be read.
        """
        form = tuple((str(key), str(value)) for key, value in (fields or {}).items())
        headers: tuple[tuple[str, str], ...] = ()
        body: bytes | FileBody
        if isinstance(source, bytes):
            head, tail, content_type = frame(form, name)
            body, size = head + source + tail, len(source)
            headers = (("Content-Type", content_type),) if content_type else ()
        else:
            path = source.resolve(strict=True)
            size = path.stat().st_size
            body = FileBody(path=str(path), size=size, fields=form, file_name=name)
        request = Request(
            method="POST" if form else "PUT",
            path=url,
            timeout=_TIMEOUT + size / _UPLOAD_RATE,
            headers=headers,
            body=body,
        )
        answer, _ = _repeated(lambda: self._transport(request))
        if not _is_success(answer):
            raise storage_refusal(answer)

    def _ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes,
        headers: tuple[tuple[str, str], ...],
        key: str | None = None,
    ) -> Any:
        request = Request(
            method=method,
            path=path.lstrip("/"),
            timeout=_TIMEOUT,
            query=tuple(_parameters(query or {})),
            headers=headers,
            body=body,
            key=key,
        )
        answer, attempts = _repeated(lambda: self._transport(request), is_keyed=key is not None)
        document, is_document = _decoded(answer)
        if _is_success(answer):
            if not is_document:
                raise ServerRefusalError(f"the answer to {method} {path} is not JSON: check the url", answer.status)
            return document
        if answer.status == 409 and _is_there(request, answer):
            return document
        if answer.status == 404 and method == "DELETE" and attempts > 1:
            return {}  # an earlier attempt has deleted it, and its answer was lost
        raise refusal(method, request.path, answer, document)


def _is_there(request: Request, answer: Response) -> bool:
    """Whether a 409 says that what was to be made is there already."""
    if request.method == "POST" and request.path in _ANONYMOUS:
        return True
    return request.method in ("POST", "PUT") and _names_object(answer)


def path_of(*parts: str) -> str:
    """Join parts to a path, each escaped, because identifiers come from elsewhere and none may lead elsewhere.

    Raises:
        ValueError: a part is empty or made of dots.
    """
    for part in parts:
        if not isinstance(part, str) or part in {"", ".", ".."}:
            raise ValueError(f"{part!r} cannot be the identifier of anything on a server")
    return "/".join(quote(part, safe="") for part in parts)


def _repeated(attempt: Callable[[], Response], *, is_keyed: bool = False) -> tuple[Response, int]:
    """Carry out attempts until one gives an answer that lasts, or patience ends; return it and their number.

    With `is_keyed`, a 409 to a repetition that names no object says that the first attempt is under way.
    """
    deadline = time.monotonic() + _PATIENCE
    for number, pause in enumerate(_PAUSES, 1):
        try:
            answer = attempt()
            is_under_way = is_keyed and number > 1 and answer.status == 409 and not _names_object(answer)
            if answer.status not in _PASSING and not is_under_way:
                return answer, number
            problem = f"it answered {answer.status}"
        except TlsFailure:
            raise
        except (Unreachable, NoAnswer) as error:
            problem = str(error)
        if time.monotonic() + pause > deadline:
            break
        _log.debug("asking the server again in %g s: %s", pause, problem)
        time.sleep(pause)
    return attempt(), len(_PAUSES) + 1


def _names_object(answer: Response) -> bool:
    document, _ = _decoded(answer)
    return isinstance(document, Mapping) and bool(document.get("id"))


def _parameters(query: Query) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None:
                yield name, _written(one)


def _written(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return str(value)


def _json(body: object) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return content, (("Content-Type", "application/json"),)


def _msgpack(body: object) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    import ormsgpack  # noqa: PLC0415 - only series are sent so

    content = ormsgpack.packb(body, option=ormsgpack.OPT_SERIALIZE_NUMPY)
    return content, (("Content-Type", "application/msgpack"),)


def _is_success(answer: Response) -> bool:
    return 200 <= answer.status < 300


def _decoded(answer: Response) -> tuple[Any, bool]:
    """Return the body's value and whether it had one; nothing counts as an empty object."""
    if not answer.body.strip():
        return {}, True
    try:
        return orjson.loads(answer.body), True
    except orjson.JSONDecodeError:
        pass
    try:  # servers written in Python may write NaN
        return json.loads(answer.body), True
    except (ValueError, RecursionError):
        return None, False


def _rows(found: Any) -> list[dict[str, Any]]:
    rows = found.get("data") if isinstance(found, Mapping) else found
    return rows if isinstance(rows, list) else []


def _total(found: Any, otherwise: int) -> int:
    total = found.get("count") if isinstance(found, Mapping) else None
    return total if isinstance(total, int) else otherwise
