"""Several reports side by side, as a Markdown table: requirements down, programs across.

Tests: tests/conformance/reports/test_matrix.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["matrix"]

SIGNS = {
    "passed": "✓",
    "warned": "(✗)",
    "failed": "✗",
    "not testable": "?",
    "known to fail": "✗ known",
    "passed unexpectedly": "✓ not expected",
}
LEGEND = "✓ passed · ✗ failed · (✗) a SHOULD, broken · ? not testable · blank: not asked of this program"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _verdict(document: Mapping[str, Any]) -> str:
    verdict = "conforms" if document["conforms"] else "does not"
    return f"{verdict}, partial" if document["partial"] else verdict


def matrix(documents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Return the table.

    Args:
        documents: reports as JSON values, all of one role.
        names: what to call the programs, in the same order.

    Raises:
        ValueError: the reports are of different roles.
    """
    roles = sorted({str(document["role"]) for document in documents})
    if len(roles) != 1:
        raise ValueError(f"reports of one role go into one table; these are of {', '.join(roles)}")
    columns = [{row["id"]: row for row in document["requirements"]} for document in documents]
    rows = {identifier: row for column in columns for identifier, row in column.items()}
    lines = [
        f"# Conformance of {roles[0]}s",
        "",
        f"| requirement | {' | '.join(map(_cell, names))} | |",
        f"|---|{':-:|' * len(names)}---|",
    ]
    verdicts = [_verdict(document) for document in documents]
    lines.append(f"| **all** | {' | '.join(f'**{verdict}**' for verdict in verdicts)} | |")
    for identifier, row in rows.items():
        signs = [SIGNS[column[identifier]["status"]] if identifier in column else "" for column in columns]
        lines.append(f"| {identifier} | {' | '.join(signs)} | {_cell(row['text'])} |")
    return "\n".join([*lines, "", LEGEND, ""])
