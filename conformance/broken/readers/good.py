#!/usr/bin/env python3
"""A reader that is right, from which the broken ones differ: the judge, with a place for one thing that is wrong.

`read` prints verdict lines as READER-CLI.md has them. It is given what goes wrong: `before` changes the bytes that are
judged, `after` what is said of them, `printed` the lines. By itself it breaks
RDR-005 alone: it holds the whole journal.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simvue_conformance.judge import Entry, Finding, Judgement, judge
from simvue_conformance.judge.__main__ import verdict_lines

__all__ = ["Entry", "Finding", "Judgement", "judge", "read", "summed"]


def summed(judgement: Judgement, entries: Iterable[Entry], findings: Iterable[Finding], **changes: Any) -> Judgement:
    """Return the judgement with other entries and findings, and the sums and `valid` that fit them."""
    names = {"hole": "holes", "separator": "separators"}
    kept, found = tuple(entries), tuple(findings)
    accounting = dict.fromkeys(judgement.accounting, 0)
    for entry in kept:
        accounting[names.get(entry.verdict, entry.verdict)] += entry.length
    members = {
        "entries": kept,
        "findings": found,
        "accounting": accounting,
        "valid": all(finding.severity != "error" for finding in found),
        "projection": judgement.projection,
        "header": judgement.header,
        "records": judgement.records,
    }
    return Judgement(**{**members, **changes})


def read(
    *,
    before: Callable[[bytes], bytes] = lambda content: content,
    after: Callable[[Judgement, bytes, bool], Judgement] = lambda judgement, content, live: judgement,
    printed: Callable[[Iterable[str]], Iterable[str]] = lambda lines: lines,
    is_live: Callable[[bool], bool] = lambda live: live,
) -> None:
    """Judge the files on the command line, with what is wrong, and end the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    code = 0
    for file in options.files:
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            sys.stderr.write(f"{file}: {error.strerror}\n")
            sys.exit(2)
        live = is_live(options.live)
        judgement = after(judge(before(content), live=live), content, live)
        for line in printed(verdict_lines(file, judgement)):
            sys.stdout.buffer.write(f"{line}\n".encode())
        code = max(code, 0 if judgement.valid else 1)
    sys.exit(code)


if __name__ == "__main__":
    read()
