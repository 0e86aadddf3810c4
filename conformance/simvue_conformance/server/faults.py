"""Rules for misbehaving on purpose: which request, when, and how.

The table only chooses; acting on a choice is left to `dispatch`. The format is described in SERVER-HTTP.md.
Tests: tests/conformance/server/test_faults.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import ormsgpack

from simvue_conformance.server.answers import Problems
from simvue_conformance.server.validation import Rule, boolean, choice, number, read_members, text, whole
from simvue_conformance.server.wire import decode_body, to_json

__all__ = ["Fault", "FaultTable", "first_half"]

ACTIONS = ("delay", "status", "apply_then_status", "drop", "half", "raw_body")
BATCHES = ("metrics", "events")
DEFAULT_RAW_BODY = '{"id": "abc'


def _pattern(value: object) -> str:
    try:
        re.compile(text(value))
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from error
    return text(value)


def _status(value: object) -> int:
    status = whole(200)(value)
    if status > 599:
        raise ValueError("must be a status from 200 to 599")
    return status


def _delay(value: object) -> float:
    seconds = number(value)
    if seconds < 0:
        raise ValueError("must not be negative")
    return seconds


def _raw_body(value: object) -> str:
    return DEFAULT_RAW_BODY if value is True else text(value)


RULES: Mapping[str, Rule] = {
    "method": choice("GET", "POST", "PUT", "DELETE"),
    "path": _pattern,
    "after": whole(),
    "times": whole(),
    "delay": _delay,
    "status": _status,
    "retry_after": whole(),
    "body": lambda value: value,
    "apply_then_status": _status,
    "drop": choice("before", "after"),
    "half": boolean,
    "raw_body": _raw_body,
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule and how often it matched and fired; the members are those of SERVER-HTTP.md."""

    method: str | None = None
    path: str = ""
    after: int = 0
    times: int = 1
    delay: float = 0.0
    status: int | None = None
    retry_after: int | None = None
    body: object = None
    apply_then_status: int | None = None
    drop: str | None = None
    half: bool = False
    raw_body: str | None = None
    matched: int = 0
    fired: int = 0

    @property
    def action(self) -> str:
        """The name of what the rule does; `half` before the `status` that may go with it."""
        if self.half:
            return "half"
        if self.drop is not None:
            return f"drop {self.drop}"
        return next(
            name
            for name in ("status", "apply_then_status", "raw_body", "delay")
            if getattr(self, name) not in {None, 0.0}
        )

    @property
    def applies(self) -> bool:
        """Whether the request takes effect at all."""
        return self.half or (self.status is None and self.drop != "before")

    def matches(self, method: str, path: str) -> bool:
        """Tell whether the rule is about this request."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    @property
    def document(self) -> dict[str, object]:
        """The rule as it is shown, with its counts."""
        values = {name: getattr(self, name) for name in ("method", *tuple(RULES)[1:])}
        shown = {name: value for name, value in values.items() if value not in (None, False, 0.0)}
        return {
            **shown,
            "times": self.times,
            "after": self.after,
            "matched": self.matched,
            "fired": self.fired,
        }


def _fault(document: object, index: int, problems: Problems) -> Fault | None:
    fields = read_members(document, RULES, place=("body", index), problems=problems)
    if not isinstance(document, dict):
        return None
    for unknown in sorted(document.keys() - RULES.keys()):
        problems.add(["body", index, unknown], f"is not a member of a rule; there are {', '.join(RULES)}")
    chosen = [name for name in ACTIONS if fields.get(name) not in (None, False, 0.0)]
    # `delay` goes with any action, and `half` may end in a `status`.
    alone = [name for name in chosen if name != "delay" and not (name == "status" and "half" in chosen)]
    if not chosen or len(alone) > 1:
        problems.add(["body", index], f"must have one of {', '.join(ACTIONS)}")
    return Fault(**fields)  # type: ignore[arg-type] # each was checked by its rule


class FaultTable:
    """The rules in force, in order; the first that is due fires and hides those after it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def replace(self, document: object) -> None:
        """Put new rules in force. Raises the 422 and keeps the old ones if any is wrong."""
        if not isinstance(document, list):
            raise Problems.refuse(["body"], "must be a list of rules")
        problems = Problems()
        faults = [_fault(item, index, problems) for index, item in enumerate(document)]
        problems.refuse_any()
        self._faults = [fault for fault in faults if fault is not None]

    def choose(self, method: str, path: str) -> Fault | None:
        """Return the rule that fires for this request, and count it."""
        for fault in self._faults:
            if not fault.matches(method, path):
                continue
            fault.matched += 1
            is_due = fault.matched > fault.after and (fault.times == 0 or fault.fired < fault.times)
            if is_due:
                fault.fired += 1
                return fault
        return None

    @property
    def documents(self) -> list[dict[str, object]]:
        """All rules with their counts."""
        return [fault.document for fault in self._faults]


def first_half(body: bytes, content_type: str) -> bytes:
    """Return the batch with only the first half of its rows; a body that is no batch is returned as it is."""
    try:
        value = decode_body(body, content_type)
    except (ValueError, TypeError):
        return body
    if isinstance(value, list):
        value = value[: len(value) // 2]
    elif isinstance(value, dict):
        for member in BATCHES:
            if isinstance(value.get(member), list):
                value[member] = value[member][: len(value[member]) // 2]
    return to_json(value) if content_type.startswith("application/json") else ormsgpack.packb(value)
