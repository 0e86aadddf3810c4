"""Whether a first record is a header that this reader can read on from.

Tests: tests/core/test_reading.py, and the vectors on journals.
"""

import re
from typing import Any

from simvue.core.records import Checker, Problem, kind_of, record_problem

__all__ = ["MAJOR", "MINOR", "header_problem", "is_newer"]

MAJOR, MINOR = 1, 0
"""The version of the format that this reader knows."""
_FEATURES: frozenset[str] = frozenset()  # JRN-020: version 1.0 defines none
_VERSION = re.compile(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})")
_NO_HEADER = "JRN-024"
_UNKNOWN = "RDR-012"


def header_problem(record: dict[str, Any], checker: Checker) -> tuple[str, Problem] | tuple[None, None]:
    """Return by which requirement a journal is left alone for its first record, and the problem with it.

    A header of another major version is recognised before its members are checked: they may have changed.
    """
    kind = kind_of(record)
    if isinstance(kind, Problem):
        return _NO_HEADER, kind
    if kind != "header":
        return _NO_HEADER, Problem("JRN-010", f"the first record is of kind {kind}, not header")
    version = record.get("version")
    major = _VERSION.fullmatch(version) if type(version) is str else None
    if record.get("format") == "simvue-journal" and major and int(major[1]) != MAJOR:
        message = f"the journal is of version {version}, this reader knows {MAJOR}.{MINOR}"
        return _UNKNOWN, Problem(_UNKNOWN, message)
    problem = record_problem(kind, record, checker)
    if problem is not None:
        return _NO_HEADER, problem
    unknown = [feature for feature in record.get("requires", ()) if feature not in _FEATURES]
    if unknown:
        message = f"the journal requires {', '.join(unknown)[:80]}, which this reader does not know"
        return _UNKNOWN, Problem(_UNKNOWN, message)
    return None, None


def is_newer(version: str) -> bool:
    """Whether a valid `MAJOR.MINOR` is of a version after the one that this reader knows."""
    major, minor = map(int, version.split("."))
    return (major, minor) > (MAJOR, MINOR)
