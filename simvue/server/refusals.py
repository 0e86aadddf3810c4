"""What a server's refusal means to somebody who asked at once, as an error with readable words.

The classes say what the caller can do: look elsewhere, mend the values, or tell a person. Which answers are
refusals at all is decided in ``api``. Tests: ``tests/server/test_api.py``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from simvue.core.http import Response
from simvue.errors import SimvueError

__all__ = ["InvalidInputError", "ObjectNotFoundError", "ServerRefusalError", "problems", "refusal", "storage_refusal"]

_LONGEST_DETAIL = 500
_STORAGE_WORDS = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
_KINDS = {
    "runs": "run",
    "folders": "folder",
    "tags": "tag",
    "alerts": "alert",
    "artifacts": "artifact",
    "grids": "grid",
    "storage": "storage",
    "tenants": "tenant",
    "users": "user",
    "metrics": "metrics",
    "events": "events",
}


class ServerRefusalError(SimvueError, RuntimeError):
    """The server answered, but not with success; `status` is what it answered."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem, status)  # the text first: programs show `args[0]`
        self.problem, self.status = problem, status

    def __str__(self) -> str:
        return self.problem


class ObjectNotFoundError(SimvueError, RuntimeError):
    """There is no such object on the server, or it is not shown to the owner of the token."""

    def __init__(self, obj_type: str, name: str, extra: str | None = None) -> None:
        # The text alone: programs show `args[0]`.
        super().__init__(f"there is no {obj_type} {name!r} on the server{f': {extra}' if extra else ''}")
        self.obj_type, self.name, self.extra = obj_type, name, extra

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.obj_type, self.name, self.extra)


class InvalidInputError(SimvueError, ValueError):
    """The server refused the values (422); the message lists them, each with its place."""


def refusal(method: str, path: str, answer: Response, document: Any) -> SimvueError:
    """Return the error that an answer other than success means; `document` is its decoded body, if any."""
    segments = path.strip("/").split("/")
    kind = _KINDS.get(segments[0], segments[0])
    detail = _detail(document)
    if answer.status == 404 and method == "GET" and len(segments) > 1:
        return ObjectNotFoundError(kind, segments[1])
    if answer.status == 422 and method == "POST" and detail:
        return InvalidInputError(f"the server does not accept this {kind}:\n{detail}")
    if answer.status == 403:
        verb = {"GET": "read", "POST": "create", "PUT": "change", "DELETE": "delete"}[method]
        words = f"Forbidden: you do not have permission to {verb} objects of type {kind!r}"
        return ServerRefusalError(f"{words}: {detail}" if detail else words, 403)
    if answer.status == 401:
        return ServerRefusalError(f"Unauthorised token: {detail or 'the server refused it'}; get a new one", 401)
    words = f"{method} {path.partition('?')[0]} was answered with {answer.status}"
    return ServerRefusalError(f"{words}: {detail}" if detail else words, answer.status)


def storage_refusal(answer: Response) -> ServerRefusalError:
    """Return the error that a storage's answer means; of XML only the message, because the rest may sign."""
    text = answer.body[:65536].decode(errors="replace")
    found = _STORAGE_WORDS.search(text)
    words = found[1] if found else _plain(text)
    return ServerRefusalError(f"the storage answered with {answer.status}: {words or 'no reason'}", answer.status)


def _plain(text: str) -> str:
    return "" if text.lstrip().startswith("<") else _detail({"detail": text})


def _detail(document: Any) -> str:
    detail = document.get("detail") if isinstance(document, Mapping) else None
    if isinstance(detail, list):
        return "\n".join(problems(detail, document.get("body")))
    if isinstance(detail, Mapping):
        detail = detail.get("message") or detail.get("msg") or detail
    text = "" if detail is None else str(detail)
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}…"


def problems(entries: Iterable[Any], body: Any) -> Iterable[str]:
    """Yield what a 422 says is wrong, each with its place and, if the server repeats it, what was given."""
    for entry in entries:
        if not isinstance(entry, Mapping):
            yield f"- {entry}"
            continue
        place = [step for step in entry.get("loc", ()) if step != "body"]
        given = _looked_up(body, place)
        words = str(entry.get("msg") or entry.get("type") or "is not accepted")
        where = ".".join(map(str, place)) or "the request"
        yield f"- {where}: {words}{given}"


def _looked_up(body: Any, place: list[Any]) -> str:
    for step in place:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return "" if body is None or isinstance(body, dict | list) else f" (given: {str(body)[:60]!r})"
