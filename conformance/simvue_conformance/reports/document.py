"""A report as JSON; `report.schema.json` beside this file is its shape, version 1.

Tests: tests/conformance/reports/test_document.py.
"""

import json
from importlib.resources import files
from typing import Any

from simvue_conformance.results import Outcome, Report, Status

__all__ = ["SHAPE", "document", "schema"]

SHAPE = 1
"""The version of the shape; it grows when a reader of the report would notice."""

COUNTED: tuple[Status, ...] = ("passed", "warned", "failed", "not testable", "known to fail", "passed unexpectedly")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    requirement = outcome.requirement
    row: dict[str, Any] = {
        "id": requirement.id,
        "level": requirement.level,
        "text": requirement.text,
        "status": outcome.status,
        "observations": [
            {"place": seen.place, "verdict": seen.verdict, **({"detail": seen.detail} if seen.detail else {})}
            for seen in outcome.observations
        ],
    }
    if outcome.reason:
        row["reason"] = outcome.reason
    return row


def document(report: Report) -> dict[str, Any]:
    """Return the report as a JSON value."""
    return {
        "report": SHAPE,
        "role": report.role,
        "version": report.version,
        "command": list(report.command),
        "features": list(report.features),
        "partial": report.is_partial,
        "started": report.started,
        "seconds": report.seconds,
        "conforms": report.conforms,
        "counts": {status: report.count(status) for status in COUNTED},
        "requirements": [_outcome(outcome) for outcome in report.outcomes],
    }


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a report."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("report.schema.json").read_text(encoding="utf-8"))
    return found
