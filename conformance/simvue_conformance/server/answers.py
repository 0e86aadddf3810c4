"""What the server answers: a finished answer, or a refusal that undoes everything the request did.

A handler returns an `Answer` when its effect is to be kept, and raises `RefusalError` when nothing of the
request may be applied. Sending the bytes is left to `dispatch`. Tests:
tests/conformance/server/test_validation.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simvue_conformance.server.wire import to_json

__all__ = ["EMPTY", "Answer", "Problems", "RefusalError", "existing", "missing", "ok"]

MOST_PROBLEMS_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body and its media type; `names_object` marks the 409 that means "it is there already"."""

    status: int
    body: bytes
    media_type: str = "application/json"
    names_object: bool = False


class RefusalError(Exception):
    """The request is refused as a whole; the transaction around the handler is rolled back."""

    def __init__(self, status: int, document: Mapping[str, object]) -> None:
        super().__init__(status, document)
        self.status, self.document = status, document

    def __str__(self) -> str:
        return f"{self.status}: {self.document.get('detail')}"

    @property
    def answer(self) -> Answer:
        """The refusal as an answer."""
        return Answer(status=self.status, body=to_json(self.document))


class Problems:
    """Collects what is wrong with a request, each at its place, to answer them all in one 422."""

    def __init__(self) -> None:
        self._found: list[dict[str, object]] = []

    def add(self, place: Sequence[str | int], message: str, *, kind: str = "value_error") -> None:
        """Note one problem at `place`, the path into the body, path or query."""
        self._found.append({"type": kind, "loc": list(place), "msg": message})

    def refuse_any(self) -> None:
        """Raise the 422 if anything was found."""
        if self._found:
            raise RefusalError(422, {"detail": self._found[:MOST_PROBLEMS_TOLD]})

    @staticmethod
    def refuse(place: Sequence[str | int], message: str) -> RefusalError:
        """Build the 422 of one problem, for the caller to raise."""
        return RefusalError(422, {"detail": [{"type": "value_error", "loc": list(place), "msg": message}]})


def ok(value: object) -> Answer:
    """Answer 200 with `value` as JSON."""
    return Answer(status=200, body=to_json(value))


def existing(kind: str, identifier: str) -> Answer:
    """Answer 409 naming the object that is there already, which clients count as success."""
    document = {"detail": f"{kind} already exists", "id": identifier}
    return Answer(status=409, body=to_json(document), names_object=True)


def missing(kind: str, identifier: str) -> RefusalError:
    """Build the 404 for an object that is not there."""
    return RefusalError(404, {"detail": f"{kind} {identifier!r} was not found"})


EMPTY = ok({})
