"""How to mend what is wrong: for each requirement, the mistakes that programs really make.

The first row of the table that fits the requirement, the message and the line gives the remedy. What is wrong
is said elsewhere; a row never decides anything. Tests: tests/core/test_hints.py.
"""

import re
from typing import NamedTuple

from simvue.core.grammar import Problem

__all__ = ["REQUIREMENTS", "remedy_for", "with_remedy"]

_GLUED = rb'.\{"kind":"'
_COMPRESSED = rb"\A(?:\x1f\x8b|\x28\xb5\x2f\xfd|BZh|\xfd7zXZ|PK\x03\x04)"
_BINARY = rb"\A(?:\x7fELF|\x89PNG|\x89HDF|SQLite format)"
_UTF_16 = rb"\A(?:\xff\xfe|\xfe\xff)|\A(?:[^\0]\0){4}|\A(?:\0[^\0]){4}"


class _Remedy(NamedTuple):
    requirement: str
    advice: str
    message: str = ""  # a pattern that the message has to contain
    line: bytes = b""  # a pattern that the line has to contain


_NOT_UTF_8 = (
    (_UTF_16, "the file is UTF-16: write UTF-8 without a byte order mark"),
    (_COMPRESSED, "the file is compressed: unpack it first; a journal is plain text"),
    (_BINARY, "this is a binary file, no journal"),
)
_GLUE = "a record was cut off and the next one glued to it: after a failed write, write one LF first (WRT-010)"

_REMEDIES = (
    _Remedy(
        "FRM-001",
        "write the record, its LF included, with one call; after a failed write, write one LF and "
        "repeat the record (WRT-010, WRT-011)",
        r"\A(?!.*glued)the record is cut off",
    ),
    _Remedy("FRM-001", _GLUE, line=_GLUED),
    _Remedy("FRM-001", "unpack the file first; a journal is plain text", line=_COMPRESSED),
    _Remedy("FRM-001", 'use double quotes: "', r"\A'|begins with .?'"),
    _Remedy("FRM-001", "leave out the comma before the closing brace or bracket", r"a comma stands before"),
    _Remedy(
        "FRM-001",
        'write true or false; in Fortran merge("true ", "false", flag)',
        r"\A\.?(?:[tT](?:rue)?|[fF](?:alse)?|TRUE|FALSE)\.? is not a value",
    ),
    _Remedy("FRM-001", "write null", r"\A(?:None|nil|NULL|undefined) is not a value"),
    _Remedy("FRM-001", "JSON has no comments; use an event record", r"(?:begins with|\A) *(?:#|//|!)"),
    _Remedy("FRM-001", 'a " inside text is written \\"; members are separated by commas', "a comma or the end"),
    _Remedy("FRM-001", 'put text in double quotes, with \\" and \\\\ for " and \\ in it', r"is not a value|stands"),
    _Remedy("FRM-001", 'escape a backslash as \\\\, and use only \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX', r"escape"),
    _Remedy("FRM-001", "write one JSON object on each line, and nothing else to this file"),
    _Remedy(
        "FRM-002",
        "end each record with one LF, written in the same call; a killed program can leave this behind",
    ),
    _Remedy("FRM-005", "save as UTF-8 without a byte order mark"),
    _Remedy("FRM-006", 'write LF alone: in C open with "ab", in Python with newline="\\n"', line=rb"\r\Z"),
    _Remedy("FRM-006", "write the LF right after the last brace"),
    _Remedy("FRM-009", 'write "kind" first, without a space: then grep finds records'),
    _Remedy("FRM-010", "split the record, or put the content in a file and record it as an artifact"),
    *(_Remedy("FRM-020", advice, line=line) for line, advice in _NOT_UTF_8),
    _Remedy("FRM-020", "encode text as UTF-8, or escape what is not ASCII as \\uXXXX"),
    _Remedy("FRM-021", "name each member once in an object"),
    _Remedy("FRM-022", "write the character itself in UTF-8, or both halves of the pair"),
    _Remedy("FRM-023", "cut the text at its terminating NUL; in C use %s, not the whole buffer"),
    _Remedy("FRM-024", "escape it: \\n, \\t, or \\u and four digits, as in \\u001b"),
    _Remedy("FRM-025", "flatten the value, or record it as an artifact"),
    _Remedy(
        "FRM-026",
        'write the string "NaN", "Infinity" or "-Infinity"; C\'s printf and Fortran\'s write print no JSON '
        "for these, so test the value first",
        r"(?i)\A[+-]?(?:nan|inf)",
    ),
    _Remedy(
        "FRM-026",
        "the field is too narrow for the number: use a wider format, in Fortran g0, i0 or ES24.16E3",
        r"\A[+-]?[0-9.]*\*",
    ),
    _Remedy(
        "FRM-026",
        'the locale writes a decimal comma: call setlocale(LC_NUMERIC, "C"), or run with LC_ALL=C',
        r"\A[+-]?[0-9]+,[0-9]",
    ),
    _Remedy(
        "FRM-026",
        "the exponent lost its letter, as it has three digits: use the Fortran format ES24.16E3",
        r"\A[+-]?[0-9.]+[+-][0-9]",
    ),
    _Remedy("FRM-026", "write the exponent with e: Fortran's ES24.16E3, not D", r"\A[+-]?[0-9.]+[dDqQ][+-]?[0-9]"),
    _Remedy(
        "FRM-026",
        "write a digit before the point: the Fortran formats ES24.16E3 and g0 do",
        r"\A[+-]?\.",
    ),
    _Remedy("FRM-026", "write a digit after the point", r"\A[+-]?[0-9]+\.(?:[eE]| )"),
    _Remedy("FRM-026", "leave out the plus: in Fortran the edit descriptor SS", r"\A\+"),
    _Remedy("FRM-026", "write decimal digits", r"\A-?0[xXbBoO]"),
    _Remedy("FRM-026", "leave out leading zeros", r"\A-?0[0-9]"),
    _Remedy("FRM-026", "write it as RFC 8259 has it: -12.5e3"),
    _Remedy("FRM-027", "17 significant digits hold any double: %.17g, ES24.16E3"),
    _Remedy("FRM-028", 'write the string "Infinity" if that is the value of a metric'),
    _Remedy("FRM-029", _GLUE, line=_GLUED),
    _Remedy("FRM-029", "end each record with one LF and write nothing else"),
    _Remedy("FRM-030", 'end the record in its checksum, or leave "crc" out of the header'),
    _Remedy(
        "FRM-031",
        "the record was changed after it was written, or its checksum was computed from other bytes: those from "
        'the first brace up to the comma before "crc"',
    ),
    _Remedy("SEQ-001", 'number the records from 1, or leave "seq" out of the header'),
    _Remedy("SEQ-002", "records were lost before they reached this file, or the program counted wrongly"),
    _Remedy("SEQ-003", 'declare "seq":0 in the header, or leave the numbers out'),
    _Remedy("SEQ-007", "two processes may share this file: give each a journal of its own (JRN-030)"),
    _Remedy("JRN-004", "take it out, and revoke it if it was a token: only the sender's configuration holds one"),
    _Remedy("JRN-010", "write the header first"),
    _Remedy("JRN-022", "write the header first; simvue-validate --explain JRN-010 shows which", "no header"),
    _Remedy("JRN-022", "a restarted program opens a new journal with the same run key (JRN-032)"),
    _Remedy("JRN-023", "put what belongs to another header into a journal of its own"),
    _Remedy("JRN-040", "write the end record last"),
    _Remedy("JRN-043", "write an end record when the program ends; check a journal that still grows with --incomplete"),
    _Remedy("RDR-010", "begin private kinds with x-, or read the journal with a newer simvue"),
    _Remedy("RDR-012", "read it with a version of simvue that knows it"),
    *(_Remedy("RDR-024", advice, line=line) for line, advice in _NOT_UTF_8),
    _Remedy(
        "RDR-024",
        "bytes of the file were never written: never truncate a journal, and let one process write it",
    ),
    _Remedy("REC-002", "in shell: date -u +%Y-%m-%dT%H:%M:%SZ"),
    _Remedy("REC-003", "write second 59 again during a leap second", ":60"),
    _Remedy("REC-011", "use A-Z a-z 0-9 _ / . : - and the space"),
    _Remedy("REC-031", "write 1 or 0 for a truth value", "is (?:true|false)"),
    _Remedy("REC-031", 'write a number without quotes, or "NaN", "Infinity", "-Infinity"', 'is "'),
    _Remedy("REC-130", "use A-Z a-z 0-9 _ / . : - and the space"),
    _Remedy("REC-036", "use A-Z a-z 0-9 _ / . : = > < + ( ) % - and the space"),
    _Remedy("REC-126", "lines were lost or written twice, or the program counted wrongly; the header counts"),
    _Remedy("REC-128", 'add "records", the number of records before it, the header included'),
)


def _compile(remedy: _Remedy) -> tuple[re.Pattern[str], re.Pattern[bytes], str]:
    return re.compile(remedy.message), re.compile(remedy.line, re.DOTALL), remedy.advice


_BY_REQUIREMENT = {
    requirement: [_compile(row) for row in _REMEDIES if row.requirement == requirement]
    for requirement in {row.requirement for row in _REMEDIES}
}
REQUIREMENTS = frozenset(_BY_REQUIREMENT)
"""The requirements for which there are remedies."""


def remedy_for(problem: Problem, line: bytes) -> str:
    """Return what to do about a problem with a line; empty where the message says it already."""
    for message, content, advice in _BY_REQUIREMENT.get(problem.requirement, ()):
        if message.search(problem.message) and content.search(line):
            return advice
    return ""


def with_remedy(problem: Problem, line: bytes) -> str:
    """Return what is wrong, and how to mend it."""
    remedy = remedy_for(problem, line)
    return f"{problem.message}; {remedy}" if remedy else problem.message
