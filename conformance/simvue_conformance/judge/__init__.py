"""The independent judge: what every reader has to make of a journal, from its bytes.

It is naive on purpose: the whole journal in memory, `json`, `jsonschema` with the schemas of the specification,
and the prose of `spec/v1` step by step. It shares nothing with the client and the sender, so that each can be
held against the other. It opens nothing but what :func:`judge_path` is given.
Tests: tests/conformance/judge/, tests/conformance/test_differential.py.
"""

from pathlib import Path

from simvue_conformance.judge.comparison import Difference, compare, differences, settled
from simvue_conformance.judge.judgement import ACCOUNTS, Entry, Finding, Judgement, Record
from simvue_conformance.judge.reading import judge

__all__ = [
    "ACCOUNTS",
    "Difference",
    "Entry",
    "Finding",
    "Judgement",
    "Record",
    "compare",
    "differences",
    "judge",
    "judge_path",
    "settled",
]


def judge_path(path: str | Path, *, live: bool = False) -> Judgement:
    """Judge the file `path` as it is now; see :func:`judge`.

    Raises:
        OSError: it cannot be read.
    """
    return judge(Path(path).read_bytes(), live=live)
