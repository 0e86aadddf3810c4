"""Run the same scripts with this client and with the published one, online, and compare what the server holds.

    python -m tests.interop.parity --published PYTHON [NAME …]

`--published` is a Python with the published client 2.6.2, numpy and pandas. The scripts are in `parity_scripts/`; each
runs in a process of its own. Compared are what the server holds (`tests.parity.state`), what the scripts print, and
their exit codes. A difference that `DIFFERENCES` does not list is an error, and so is a listed one that was not found.
With NAMEs only these scripts run. That runs online and offline are the same is in tests/parity.
"""

import argparse
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from simvue_conformance.server.process import running_server
from tests.parity.programs import SCRIPTS, Outcome, Side, missing, run_all, this_python
from tests.parity.state import differences, state

COPY, REFUSED = (
    "published names its own copy in the cache, not the user's file",
    "published takes a step that the server refuses, and then loses all metrics",
)

LENGTH = "published adds 33 bytes, the size of an empty Python object, to the length"

# Script, pattern of where, and why. Most of them are defects of the published client.
DIFFERENCES = [
    ("closed_inside", "/printed/0", "published refuses `close()` inside of `with`"),
    ("deleted*", "/runs/*/artifacts/*/original_path", COPY),
    ("describe", "/printed/1", "published: `uid` is the text 'notused', and `processes` holds the script itself"),
    ("directories", "/printed/?", "published always refuses save_directory and save_all"),
    ("directories", "/runs/*/artifacts/*", "published always refuses save_directory and save_all"),
    ("exits", "/runs/*/events*", "the exit code as a reason, not a traceback into the script that asked to end"),
    ("figures", "/runs/*/artifacts/*/size", LENGTH),
    ("files", "/printed/12", "any MIME type is taken, not only those in Python's table"),
    ("files", "/runs/*/artifacts/in.txt (*)", "any MIME type is taken, not only those in Python's table"),
    ("files", "/runs/*/artifacts/growing.log/original_path", COPY),
    ("handler", "/runs/*/events/?/log_level", "published does not tell the level of a message"),
    ("interrupted", "/runs/*/events*", "an interrupt as a reason, not a traceback"),
    ("left_created", "/runs/*/system", "the announcing machine is recorded too; the one that runs it replaces it"),
    ("negative_step", "/printed/1", REFUSED),
    (
        "negative_step",
        "/runs/*/metrics/x",
        REFUSED,
    ),
    (
        "negative_step",
        "/runs/*/points/*/x",
        REFUSED,
    ),
    (
        "objects",
        "/runs/*/artifacts/*/size",
        LENGTH,
    ),
    ("process*", "/runs/*/artifacts/*/mime_type", "what a program printed is text"),
    ("process*", "/runs/*/metadata/*_command", "the command as it was executed"),
    ("process_fails", "/printed/*", "published prints its summary to standard output; here to standard error"),
    ("process_fails", "/runs/*/events*", "here the reason is an event as well"),
    ("process_killed", "/exit code", "a program that the script itself stops is no failure"),
    (
        "process_killed",
        "/printed/*",
        "published: `processes` holds the script itself, and the kill is shown as an error",
    ),
    ("process_killed", "/runs/*/alerts/0/status/current", "a program that the script itself stops is no failure"),
    ("process_killed", "/runs/*/status", "a program that the script itself stops is no failure"),
    ("raises", "/runs/*/events*", "the event of the exception has the level `error`"),
    ("reconnected", "/runs/*/metrics/x/step", "published counts steps from 0 again"),
    ("reconnected", "/runs/*/points/step/x/1/0", "published counts steps from 0 again"),
    ("reconnected_folder", "/folders/*/description", "published refuses the folder of a run that was reconnected to"),
    ("reconnected_folder", "/printed/?", "published refuses the folder of a run that was reconnected to"),
    ("suppressed", "/printed/*", "published gives up the whole run at the first error that it suppresses"),
    ("suppressed", "/runs/*/e*", "published gives up the whole run at the first error that it suppresses"),
    ("suppressed", "/runs/*/status", "published gives up the whole run at the first error that it suppresses"),
    ("times", "/runs/*/events/0/timestamp", "no two records of a run have one time: moved by a microsecond"),
    ("unclosed", "/runs/*", "published leaves the run running, and loses what it has not sent"),
    ("units", "/printed/?", "True as from other methods, not None"),
]

# The published client sends once a second; what it has then not sent is lost where a run ends early: a matter of luck.
SOMETIMES = [
    ("process_fails", "/runs/*/metrics/x"),
    ("process_fails", "/runs/*/points/*/x"),
    ("process_killed", "/runs/*/events"),
    ("raises", "/runs/*/metrics/x"),
    ("raises", "/runs/*/points/*/x"),
    ("reconnected_folder", "/runs/*/status"),
    ("status", "/runs/*/events"),
]

Found = list[tuple[str, str, Any, Any]]


def main() -> int:
    """Run the scripts on both sides, and say where they differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", required=True, metavar="PYTHON", type=os.path.abspath)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    chosen = {name: SCRIPTS[name] for name in options.names or SCRIPTS}
    for name, path in list(chosen.items()):
        if lacking := missing(options.published, path):
            print(f"left out  {name}: the published client's Python has no {', '.join(lacking)}")
            del chosen[name]
    with (
        tempfile.TemporaryDirectory(prefix="parity-") as place,
        running_server("--ephemeral") as here,
        running_server("--ephemeral") as there,
    ):
        theirs = Path(place, "published")
        theirs.mkdir()
        sides = (
            this_python("online", here, Path(place, "ours")),
            Side(python=options.published, mode="online", server=there, place=theirs, is_ours=False),
        )
        outcomes = run_all(sides, chosen)
        found = [difference for name in chosen for difference in _compared(name, sides, outcomes)]
    return _report(list(chosen), found)


def _compared(
    name: str, sides: tuple[Side, Side], outcomes: list[dict[str, Outcome]]
) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield where the two executions of a script differ: the script, the place, and what is there on each side."""
    ours, published = (
        {
            "exit code": outcome[name].code,
            "printed": _said(outcome[name].printed),
            **state(side.server, name, str(side.place / "work" / name)),
        }
        for side, outcome in zip(sides, outcomes, strict=True)
    )
    for path, left, right in differences(ours, published):
        yield name, path, left, right


def _said(lines: list[str]) -> dict[int, str]:
    """Return what a script printed itself: the published client also prints what it does, and every exception."""
    own = itertools.takewhile(lambda line: not line.startswith("Traceback "), lines)
    return dict(enumerate(line for line in own if not line.startswith("[simvue] ")))


def _report(names: list[str], found: Found) -> int:
    wrong = 0
    used: set[tuple[str, str, str]] = set()
    for name, path, ours, published in found:
        entries = [entry for entry in DIFFERENCES if _is_at(entry, name, path)]
        used.update(entries)
        if not entries and not any(_is_at(entry, name, path) for entry in SOMETIMES):
            wrong += 1
            print(f"WRONG     {name}: {path}\n    ours      {ours!r:.300}\n    published {published!r:.300}")
    for entry in DIFFERENCES:
        name, path, reason = entry
        if entry in used:
            print(f"explained {name}: {path}: {reason}")
        elif any(fnmatchcase(one, name) for one in names):
            wrong += 1
            print(f"WRONG     {name}: {path}: no longer differs, though the list says: {reason}")
    print(f"{len(names)} scripts, {len(found)} differences, {wrong} not explained")
    return 1 if wrong else 0


def _is_at(entry: tuple[str, ...], name: str, path: str) -> bool:
    return fnmatchcase(name, entry[0]) and fnmatchcase(path, entry[1])


if __name__ == "__main__":
    sys.exit(main())
