"""The steps *checksum*, *kind* and *members*: whether an object is a valid record of its kind.

The schemas of the specification decide, through `jsonschema`; which requirement an error belongs to is the `$comment`
beside the keyword. What a schema cannot say (dates that exist, lengths in bytes, order of ticks) follows it.
Tests: tests/conformance/judge/test_members.py.
"""

import functools
import itertools
import re
import zlib
from collections.abc import Iterator
from typing import Any

import jsonschema

import simvue_spec
from simvue_conformance.judge import times
from simvue_conformance.judge.judgement import Breach

__all__ = [
    "breaches_of_checksum",
    "breaches_of_kind",
    "breaches_of_members",
    "is_known",
    "own_members",
    "unusual_names",
]

_LARGEST_INTEGER = 9_007_199_254_740_991  # REC-008
_MAX_NAME = 250  # REC-007, bytes
_MAX_ELEMENTS = 50_000  # REC-113
_KIND = re.compile(r"[a-z0-9_.-]{1,64}\Z")
_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}\Z')
_ENVELOPE = frozenset({"kind", "seq", "at", "crc"})
_USUAL_NAME = re.compile(r"[A-Za-z0-9_/.: -]*\Z")  # REC-011
_USUAL_METRIC = re.compile(r"[A-Za-z0-9_/.:=><+()% -]*\Z")  # REC-036


def breaches_of_checksum(body: bytes) -> list[Breach]:
    """Judge the checksum of a record whose header declares it (FRM-030, FRM-031)."""
    found = _CHECKSUM.search(body)
    if found is None:
        return [Breach("FRM-030", 'the record does not end in a checksum: end it in ,"crc":"xxxxxxxx"}')]
    digits = b"%08x" % zlib.crc32(body[: found.start()])
    if digits != found[1]:
        return [Breach("FRM-031", f"the checksum is {found[1].decode()}, that of the bytes is {digits.decode()}")]
    return []


def breaches_of_kind(value: dict[str, Any]) -> list[Breach]:
    """Judge `kind` itself (REC-001)."""
    kind = value.get("kind")
    if isinstance(kind, str) and _KIND.match(kind):
        return []
    return [Breach("REC-001", "`kind` is missing or no kind: write 1 to 64 of the characters a-z 0-9 _ . -")]


@functools.cache
def is_known(kind: str) -> bool:
    """Whether the specification has the kind."""
    return kind in simvue_spec.kinds()


def breaches_of_members(value: dict[str, Any]) -> list[Breach]:
    """Judge the members of a record with a kind: all of a known kind, `at` alone of another."""
    kind = value["kind"]
    if not is_known(kind):
        return _breaches_of_unknown(value)
    found = [_named(error) for error in _validator(kind).iter_errors(value) if not _is_of_axes(kind, error)]
    if not found:
        return [*_breaches_of_time(value), *_beyond_schema(kind, value)]
    # What stands below asks for members of the right types; these two do not depend on the others.
    time = [] if any(breach.requirement == "REC-002" for breach in found) else [*_breaches_of_time(value)]
    return [*found, *time, *(_breaches_of_axes(value) if kind == "grid" else ())]


def own_members(value: dict[str, Any]) -> dict[str, Any]:
    """Return the members that the specification has for the kind, without the envelope."""
    known = _schema(value["kind"])["properties"].keys() - _ENVELOPE
    return {name: member for name, member in value.items() if name in known}


def unusual_names(value: dict[str, Any]) -> list[Breach]:
    """Return what a server can refuse in the names of an accepted record (REC-011, REC-036, REC-130)."""
    kind = value["kind"]
    names, usual, requirement = _names(kind, value)
    if all(usual.match(name) for name in names):
        return []
    return [Breach(requirement, "a name has characters that a server can refuse: use letters, digits and _ / . : -")]


def _names(kind: str, value: dict[str, Any]) -> tuple[list[str], re.Pattern[str], str]:
    name = [value["name"]] if "name" in value else []
    match kind:
        case "run":
            return name, _USUAL_NAME, "REC-011"
        case "alert" | "artifact":
            return name, _USUAL_NAME, "REC-130"
        case "metrics":
            return list(value["values"]), _USUAL_METRIC, "REC-036"
        case "tensor":
            return [value["metric"]], _USUAL_METRIC, "REC-036"
        case "grid":
            return value.get("metrics", []), _USUAL_METRIC, "REC-036"
    return [], _USUAL_NAME, "REC-011"


@functools.cache
def _schema(kind: str) -> dict[str, Any]:
    return simvue_spec.schema(kind)


@functools.cache
def _validator(kind: str) -> Any:
    return jsonschema.Draft7Validator(_schema(kind))


def _breaches_of_unknown(value: dict[str, Any]) -> list[Breach]:
    """Judge `at` by the schema of the kind that has nothing else."""
    return breaches_of_members({"kind": "heartbeat", "at": value["at"]} if "at" in value else {"kind": "heartbeat"})


def _named(error: Any) -> Breach:
    """Find the requirement of an error of `jsonschema`: the `$comment` beside the keyword, or of what is missing."""
    schema, where = error.schema, "/".join(map(str, error.absolute_path)) or "the record"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if error.message.startswith(f"'{name}'"))
        described = schema.get("properties", {}).get(missing, schema)
        return Breach(described["$comment"], f"`{missing}` is missing: {described.get('description', 'write it')}")
    # REC-008: too large and otherwise right, so that no other keyword of this schema complains.
    if error.validator == "maximum" and error.validator_value == _LARGEST_INTEGER:
        return Breach("REC-008", f"{where} is too large: {_LARGEST_INTEGER} is the largest integer")
    instruction = schema.get("description") or error.validator
    return Breach(schema["$comment"], f"{where} is not as it has to be ({error.validator}): {instruction}")


def _is_of_axes(kind: str, error: Any) -> bool:
    """Whether it is the number of labels: how many there are to be is what REC-102 and REC-103 say of ticks."""
    return kind == "grid" and list(error.absolute_path) == ["labels"] and error.validator in ("minItems", "maxItems")


def _breaches_of_time(value: dict[str, Any]) -> Iterator[Breach]:
    if times.nanoseconds(value["at"]) is None:
        yield Breach("REC-003", f"{value['at']} does not exist: write a time of the Gregorian calendar")


def _breaches_of_axes(value: dict[str, Any]) -> Iterator[Breach]:
    labels, ticks = value.get("labels", []), value.get("ticks", [])
    if isinstance(labels, list) and isinstance(ticks, list) and len(labels) != len(ticks):
        yield Breach("REC-103", f"{len(labels)} labels for {len(ticks)} axes: write one for each")


def _beyond_schema(kind: str, value: dict[str, Any]) -> Iterator[Breach]:
    """Judge what no schema says, of a record that satisfies its schema."""
    match kind:
        case "metrics":
            yield from _long_names(value["values"], "REC-007")
        case "metadata":
            yield from _long_names(value["values"], "REC-007")
        case "run" | "folder" | "artifact":
            yield from _long_names(value.get("metadata", {}), "REC-007")
        case "alert":
            low, high = value.get("range_low"), value.get("range_high")
            if low is not None and high is not None and low >= high:
                yield Breach("REC-068", "`range_low` is not below `range_high`: exchange them")
        case "grid":
            yield from _long_names(value.get("metrics", []), "REC-105")
            yield from _breaches_of_axes(value)
            yield from _ticks(value.get("ticks", []))
        case "tensor":
            yield from _long_names([value["metric"]], "REC-110")
            yield from _tensor(value["array"])


def _long_names(names: Any, requirement: str) -> Iterator[Breach]:
    if any(len(name.encode()) > _MAX_NAME for name in names):
        yield Breach(requirement, f"a name is longer than {_MAX_NAME} bytes: shorten it")


def _ticks(ticks: list[Any]) -> Iterator[Breach]:
    if any(low >= high for axis in ticks for low, high in itertools.pairwise(axis)):
        yield Breach("REC-104", "the ticks of an axis do not ascend: sort them, and leave out what is repeated")


def _tensor(array: list[Any]) -> Iterator[Breach]:
    rows = [element for element in array if isinstance(element, list)]
    if rows and (len(rows) != len(array) or len({len(row) for row in rows}) != 1):
        yield Breach("REC-112", "the rows of `array` are not of equal length: fill them up")
    elements = sum(len(element) if isinstance(element, list) else 1 for element in array)
    if not 1 <= elements <= _MAX_ELEMENTS:
        yield Breach("REC-113", f"`array` has {elements} elements: write 1 to {_MAX_ELEMENTS}")
