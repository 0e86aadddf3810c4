"""What a server's answer means for the request, and how long to wait before the next attempt (DLV-030 to DLV-037).

Pure decisions; waiting and sending are left to `simvue.delivery`. Tests: tests/core/test_answers.py.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import orjson

from simvue.core.http import Response
from simvue.core.steps import Facts, Step

__all__ = ["Answer", "Meaning", "backoff", "judge", "retry_after"]

_BASE, _CAP, _LONGEST_WISH = 1.0, 900.0, 3600.0
_NOT_APPLIED = frozenset({425, 429})
_REFUSALS = frozenset({400, 405, 409, 410, 413, 414, 415, 422, 431})
_DETAIL = 300


class Meaning(Enum):
    """What became of a request."""

    APPLIED = auto()
    REFUSED = auto()
    """Never to be accepted as it is: halve it, or make it a dead letter."""
    IN_DOUBT = auto()
    """Perhaps applied: try again, but not without looking (DLV-022, DLV-023)."""
    NOT_APPLIED = auto()
    """Certainly not applied: try again later."""
    UNAUTHORISED = auto()
    NOT_FOUND = auto()
    MISDIRECTED = auto()
    """A redirection: the configured address is not the server's (DLV-037)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The meaning of a response, the facts it teaches, and what the server said about it."""

    meaning: Meaning
    facts: Facts
    detail: str = ""
    retry_after: float | None = None
    answered: bool = True
    """False where no answer came at all."""


def judge(step: Step, response: Response, now: datetime) -> Answer:
    """Say what a response means for the step that asked."""
    status = response.status
    wish = retry_after(response.headers.get("retry-after"), now)
    detail = f"{status} {_detail(response.body)}".strip()
    if status == 409 and "in progress" in detail:  # an earlier attempt of ours, with the same key
        return Answer(meaning=Meaning.IN_DOUBT, facts={}, detail=detail, retry_after=wish)
    if 200 <= status < 300 or (status == 409 and step.conflict_is_success):
        return _success(step, response, detail)
    meaning = _meaning_of_upload(status) if step.upload is not None else _meaning(status)
    return Answer(meaning=meaning, facts={}, detail=detail, retry_after=wish)


def _meaning(status: int) -> Meaning:
    if status in {401, 403}:
        return Meaning.UNAUTHORISED
    if status == 404:
        return Meaning.NOT_FOUND
    if status in _REFUSALS:
        return Meaning.REFUSED
    if 300 <= status < 400:
        return Meaning.MISDIRECTED
    return Meaning.NOT_APPLIED if status in _NOT_APPLIED else Meaning.IN_DOUBT


def _meaning_of_upload(status: int) -> Meaning:
    """A storage's answer is about the signed address it was given, never about our token or the server's."""
    meaning = _meaning(status)
    return meaning if meaning in {Meaning.NOT_APPLIED, Meaning.IN_DOUBT} else Meaning.REFUSED


def _success(step: Step, response: Response, detail: str) -> Answer:
    """DLV-030: an answer without a usable body proves nothing, except to an upload, whose answer has none."""
    if step.upload is not None:
        return Answer(meaning=Meaning.APPLIED, facts=step.learn(None))
    try:
        facts = step.learn(_decode(response.body))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if response.status == 409:
            return Answer(meaning=Meaning.REFUSED, facts={}, detail=detail)
        return Answer(meaning=Meaning.IN_DOUBT, facts={}, detail=f"{response.status} with an unusable body: {error}")
    return Answer(meaning=Meaning.APPLIED, facts=facts)


def _decode(body: bytes) -> Any:
    """Decode JSON; servers write NaN into it, as Python does, so that is read as well."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def _detail(body: bytes) -> str:
    """The server's own words, if it has any, cut to what a line can hold."""
    try:
        said: Any = orjson.loads(body)
        said = said["detail"]
        if isinstance(said, list):
            said = "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in said)
    except (ValueError, KeyError, TypeError):
        said = body.decode(errors="replace")
    return str(said)[:_DETAIL]


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, from 0 to an hour (DLV-036); None where it makes no sense."""
    if value is None:
        return None
    if value.strip().isdecimal():
        seconds = float(value[:10])
    else:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, and rarely needed

        try:
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WISH)


def backoff(attempts: int, draw: float, longest: float = _CAP) -> float:
    """Return the seconds to wait after so many failed attempts, 1 or more; `draw` is from 0 to 1 (DLV-035, PTH-010)."""
    return draw * min(longest, _BASE * 2.0 ** min(attempts - 1, 20))
