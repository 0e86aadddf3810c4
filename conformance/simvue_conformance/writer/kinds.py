"""The scenarios `minimal` and `full`: every kind of record, and what the first journal of all has to keep.

Tests: tests/conformance/writer/.
"""

import contextlib
import hashlib
import random
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simvue_conformance.results import Failure
from simvue_conformance.writer.journals import Journal
from simvue_conformance.writer.limits import limited
from simvue_conformance.writer.scenario import expect, expect_points, single
from simvue_conformance.writer.session import Session

__all__ = ["full", "minimal"]

CANARIES = {"SIMVUE_URL": "https://canary.simvue.invalid/", "SIMVUE_TOKEN": "canary-c8b6c1f0-not-a-token"}
SHOWING = {"SIMVUE_URL": b"canary.simvue.invalid", "SIMVUE_TOKEN": b"canary-c8b6c1f0-not-a-token"}  # however escaped
LOSSES = [(0, 1 / 3), (1, 1 / 4), (2, 1 / 5)]


def minimal(session: Session, directory: Path) -> Iterator[Failure]:
    """Three values; then the same into a cache that is not there yet, and beside a file of the same name."""
    (directory / "first").mkdir()
    first = yield from single(session, "minimal", directory / "first", "SCN-001")
    yield from expect_points("SCN-001", first, "loss", LOSSES)
    yield from _created(session, directory / "new")
    yield from _beside(session, directory / "beside", first)


def _created(session: Session, directory: Path) -> Iterator[Failure]:
    journal = yield from single(session, "minimal", directory, "SCN-001", environment=CANARIES, umask=0o022)
    mode = stat.S_IMODE(directory.stat().st_mode)
    if mode & 0o077:
        yield Failure("JRN-002", f"the cache was created with the permissions {mode:04o}; give it 0700")
    for name, secret in SHOWING.items():
        if secret in journal.content:
            yield Failure("JRN-004", f"{journal.name} holds the value of {name}; leave servers and tokens out of it")


def _beside(session: Session, directory: Path, first: Journal) -> Iterator[Failure]:
    """A program that names its journals alike may fail here; it may not touch the file that is there."""
    there = directory / "journals" / first.name
    there.parent.mkdir(parents=True)
    there.write_bytes(b"")
    before = there.stat()
    with session.program.started("minimal", str(directory)) as running:
        finished = session.wait(running)
    if not there.exists() or there.stat().st_ino != before.st_ino or there.stat().st_size:
        yield Failure(
            "JRN-031",
            f"{first.name} was there, and was written to ({finished.end}); create journals with O_CREAT|O_EXCL",
        )


RUN = {"name": "full", "folder": "/conformance", "description": "every kind", "timeout": 180}
METADATA = {"nx": 128, "alpha": 0.1, "scheme": "implicit", "periodic": True, "cells": 16384}
ALERTS: list[dict[str, Any]] = [
    {"name": "hot", "source": "metrics", "metric": "a", "rule": "is above", "threshold": 10.0},
    {"name": "words", "source": "events", "pattern": "panic"},
    {"name": "mine", "source": "user"},
]
INPUT_BYTES = 4 << 20  # so many that one sees a copy grow
SHORT_BYTES = 1 << 20  # at which a copy breaks off


def full(session: Session, directory: Path) -> Iterator[Failure]:
    """One record of every kind but grids and tensors, and a file put aside."""
    content = random.Random(0).randbytes(INPUT_BYTES)  # noqa: S311 - any bytes
    file = directory / "input.txt"
    file.write_bytes(content)
    copies = _Copies(directory / "artifacts", len(content))
    journal = yield from single(session, "full", directory, "SCN-002", while_running=copies.look)
    yield from copies.failures()
    yield from _cut_short(session, directory / "short", content)
    yield from _run_of_full(journal)
    yield from _alerts(journal)
    yield from _artifacts(journal, file, content)
    yield from expect("SCN-002", journal, "the number of heartbeats", min(1, len(journal.of_kind("heartbeat"))), 1)
    states = [record.value["status"] for record in journal.of_kind("status")]
    yield from expect("SCN-002", journal, "a `status` record `running`", "running" in states, True)


def _run_of_full(journal: Journal) -> Iterator[Failure]:
    state = journal.judgement.projection
    yield from expect("SCN-002", journal, "the run", state["run"], RUN)
    yield from expect("SCN-002", journal, "the metadata", state["metadata"], METADATA)
    tags = sorted(tag for tag in state["tags"] or [] if tag in {"red", "green", "blue"})
    yield from expect("SCN-002", journal, "the tags", tags, ["blue", "green", "red"])
    together = [record.value for record in journal.of_kind("metrics") if "a" in record.value["values"]]
    found = [[value["values"], value.get("step"), value.get("time")] for value in together]
    yield from expect("SCN-002", journal, "the records with metric a", found, [[{"a": 1.5, "b": -2.0}, 0, 0.5]])
    events = [event[1:] for event in state["events"] if event[1] == "half way"]
    yield from expect("SCN-002", journal, "the event", events, [["half way", "warning"]])
    folders = {folder["path"]: folder.get("description") for folder in state["folders"]}
    yield from expect("SCN-002", journal, "the folder", folders, {"/conformance": "of the suite"})


def _alerts(journal: Journal) -> Iterator[Failure]:
    state = journal.judgement.projection
    found = {alert.get("name"): alert for alert in state["alerts"]}
    for alert in ALERTS:
        yield from expect("SCN-002", journal, f"alert {alert['name']}", found.get(alert["name"]), alert)
    states = {state.get("name"): state["state"] for state in state["alert_states"]}
    yield from expect("SCN-002", journal, "the states of alerts", states, {"mine": "critical"})


def _artifacts(journal: Journal, file: Path, content: bytes) -> Iterator[Failure]:
    found = {artifact["name"]: artifact for artifact in journal.judgement.projection["artifacts"]}
    digest = hashlib.sha256(content).hexdigest()
    same = {"size": len(content), "sha256": digest}
    expected = {"name": "input.txt", "category": "input", **same}
    artifact = found.get("input.txt", {})
    yield from expect("SCN-002", journal, "artifact input.txt", artifact, expected)
    path = Path(journal.header.get("cwd", "/"), artifact.get("path", ""))
    yield from expect("SCN-002", journal, "the path of input.txt", str(path.resolve()), str(file.resolve()))
    kept = {"name": "kept.txt", "category": "output", "stored": True, **same}
    yield from expect("SCN-002", journal, "artifact kept.txt", found.get("kept.txt"), kept)
    stored = journal.path.parent.parent / "artifacts" / digest
    if not stored.is_file() or stored.read_bytes() != content:
        yield Failure(
            "REC-083", f"artifacts/{stored.name} is not the content that was put aside; keep it under this name"
        )


def _cut_short(session: Session, directory: Path, content: bytes) -> Iterator[Failure]:
    """Let the copy fail half way: a quick one in place is not seen while it grows. The program may fail here."""
    directory.mkdir()
    (directory / "input.txt").write_bytes(content)
    copies = _Copies(directory / "artifacts", len(content))
    with limited(session.program, SHORT_BYTES).started("full", str(directory)) as running:
        session.wait(running, copies.look)
    copies.look()
    yield from copies.failures()


class _Copies:
    """Looks whether a file bears the name of a content that is not whole yet (REC-088)."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._partial: dict[str, int] = {}

    def look(self) -> None:
        """Note the files that bear the name of a content and are too short."""
        for path in self._folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # a temporary file, renamed in this moment
                if re.fullmatch(r"[0-9a-f]{64}", path.name) and (size := path.stat().st_size) < self._size:
                    self._partial[path.name] = size

    def failures(self) -> Iterator[Failure]:
        """Report what was seen."""
        for name, size in self._partial.items():
            yield Failure(
                "REC-088",
                f"artifacts/{name} was there with {size} of {self._size} bytes;"
                " write it under another name, sync it and rename it",
            )
