"""`python -m simvue_conformance.judge [--live] FILE...`: print verdicts in the lines of the reader role.

Exit status: 0 all journals are valid, 1 one is not, 2 wrong usage or not readable.
Tests: tests/conformance/judge/test_main.py.
"""

import argparse
import json
import sys
from collections.abc import Iterator

from simvue_conformance.judge import Judgement, judge_path

__all__ = ["main", "verdict_lines"]

_INVALID, _UNREADABLE = 1, 2


def verdict_lines(path: str, judgement: Judgement) -> Iterator[str]:
    """Yield the lines for one journal, without their LF."""
    yield f"journal\t{path}"
    for entry in judgement.entries:
        yield f"entry\t{entry.verdict}\t{entry.offset}\t{entry.length}\t{entry.requirement or '-'}"
    for finding in judgement.findings:
        yield f"finding\t{finding.requirement}\t{finding.line or '-'}\t{finding.severity}"
    for name, total in judgement.accounting.items():
        if total:
            yield f"total\t{name}\t{total}"
    yield f"valid\t{'true' if judgement.valid else 'false'}"
    yield f"projection\t{json.dumps(judgement.projection, separators=(',', ':'))}"


def main(arguments: list[str] | None = None) -> int:
    """Judge each file; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m simvue_conformance.judge", description="Judge journals.")
    parser.add_argument("--live", action="store_true", help="the journals may still grow")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args(arguments)
    status = 0
    for file in options.files:
        try:
            judgement = judge_path(file, live=options.live)
        except OSError as error:
            sys.stderr.write(f"{file}: {error.strerror}: name a journal that can be read\n")
            status = _UNREADABLE
            continue
        for line in verdict_lines(file, judgement):
            sys.stdout.write(line + "\n")
        if not judgement.valid:
            status = max(status, _INVALID)
    return status


if __name__ == "__main__":
    sys.exit(main())
