#!/usr/bin/env python3
"""A correct writer of journals in plain Python; the broken ones beside it differ from it in one thing each.

It is made to be altered: every step has a method of its own. The name of a broken writer says which requirements it
breaks. Called as WRITER-CLI.md has it: CMD <scenario> <directory>.
"""

import hashlib
import json
import math
import os
import sys
import threading
import time
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

RECORD = 150  # bytes of a record, about
PIECE = 80_000  # characters of an event that fit into a line, however they are escaped


class Journal:
    """One journal and its writer; `memory` is how many bytes wait while the disk is full."""

    memory = 1 << 20

    def __init__(self, cache, scenario, key=None, continues=None):
        self.cache, self.scenario, self.key = Path(cache), scenario, key or f"conformance-{scenario}"
        self.identity = self.new_identity()
        self.pid, self.seq, self.written, self.last_seq = os.getpid(), 0, 0, -1
        self.waiting, self.size, self.dropped = [], 0, 0  # not in the file yet: (kind, members, at) or bytes
        self.last, self.needs_guard, self.has_complained = datetime.min.replace(tzinfo=UTC), False, False
        self.lock = threading.RLock()
        self.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = self.new_path()
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.file = self.open()
        self.record("header", **self.header(), **({"continues": continues} if continues else {}))

    # --- identity ---

    def new_identity(self):
        return str(uuid.uuid4())

    def new_path(self):
        return self.cache / "journals" / f"{self.key}-{self.identity}.jsonl"

    def open(self):
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def header(self):
        return {
            "format": "simvue-journal",
            "version": "1.0",
            "journal": self.identity,
            "run": self.key,
            "writer": {"name": "base"},
            "crc": "crc32",
        }

    # --- records ---

    def record(self, kind, **members):
        """Append a record, or keep it until there is room."""
        with self.lock:
            if os.getpid() != self.pid:
                self.complain("a forked child does not record")
                return
            self.waiting.append((kind, members, self.now()))
            self.flush()

    def now(self):
        self.last = max(datetime.now(UTC), self.last + timedelta(microseconds=1))
        return self.at(self.last)

    def at(self, time):
        return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def number(self):
        self.seq += 1
        return self.seq - 1

    def encode(self, kind, members, at):
        """Return the line: the envelope, the members, the checksum."""
        line = self.json({"kind": kind, "seq": self.number(), "at": at, **members}).encode()
        return line + b"\n" if kind == "header" else self.checksummed(line)

    def json(self, record):
        return json.dumps(record, separators=(",", ":"), allow_nan=False)

    def checksummed(self, line):
        return b'%b,"crc":"%08x"}\n' % (line[:-1], zlib.crc32(line[:-1]))

    # --- the file ---

    def flush(self):
        """Write what waits, in order. After an error: first a line feed, then the same bytes again."""
        while self.waiting:
            if not isinstance(self.waiting[0], bytes):
                self.waiting[0] = self.encode(*self.waiting[0])
            if not self.write(self.waiting[0]):
                self.shrink()
                return
            del self.waiting[0]
            if self.dropped:
                lost, self.dropped = self.dropped, 0
                self.waiting.insert(0, ("lost", {"count": lost}, self.now()))

    def write(self, line):
        try:
            if self.needs_guard:
                os.write(self.file, b"\n")
                self.needs_guard = False
            if self.append(line) == len(line):
                self.written += 1
                return True
        except OSError as error:
            self.complain(f"the journal cannot be written: {error.strerror}")
        self.needs_guard = True
        return False

    def append(self, line):
        return os.write(self.file, line)

    def shrink(self):
        """Drop the oldest metrics when more waits than fits into the memory."""
        while len(self.waiting) * RECORD > self.memory:
            metrics = [place for place, record in enumerate(self.waiting) if record[0] == "metrics"]
            if not metrics:
                return
            del self.waiting[metrics[0]]
            self.dropped += 1

    def complain(self, problem):
        if not self.has_complained:
            print(f"writer: {problem}", file=sys.stderr)
            self.has_complained = True

    # --- what scenarios record ---

    def run(self, name=None, **members):
        self.record("run", name=name or self.scenario, folder="/conformance", **members)

    def metric(self, name, value, step, time=None):
        self.metrics({name: self.value(value)}, step, time)

    def metrics(self, values, step, time=None):
        self.record("metrics", values=values, step=step, **({} if time is None else {"time": time}))

    def value(self, number):
        if math.isnan(number):
            return "NaN"
        return number if abs(number) != float("inf") else "Infinity" if number > 0 else "-Infinity"

    def text(self, content):
        return content.decode("utf-8", errors="replace").replace("\0", "\ufffd")

    def event(self, message, **members):
        for start in range(0, max(1, len(message)), PIECE):
            self.record("event", message=message[start : start + PIECE], **members)

    def put_aside(self, file):
        """Copy a file to artifacts/<sha256>: under a temporary name, then linked."""
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        folder = self.cache / "artifacts"
        folder.mkdir(mode=0o700, exist_ok=True)
        temporary = folder / f".{uuid.uuid4()}"
        self.copy(content, temporary)
        temporary.rename(folder / digest)
        return len(content), digest

    def copy(self, content, path):
        path.write_bytes(content)

    def rotate(self):
        """Return the journal that continues this one."""
        self.record("end", reason="rotate", records=self.written)
        return type(self)(self.cache, self.scenario, self.key, self.continued())

    def continued(self):
        return {"journal": self.identity, "bytes": self.path.stat().st_size, "seq": self.seq - 1}

    def end(self, status="completed"):
        self.flush()
        self.record("end", status=status, records=self.written)
        os.close(self.file)


# --- the scenarios ---


def minimal(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(3):
        journal.metric("loss", 1 / (step + 3), step)
    journal.end()


def full(kind, directory, scenario):
    journal, file = kind(directory, scenario), Path(directory, "input.txt")
    metadata = {"nx": 128, "alpha": 0.1, "scheme": "implicit", "periodic": True}
    journal.run(description="every kind", tags=["red", "green"], metadata=metadata, timeout=180)
    journal.metrics({"a": 1.5, "b": -2.0}, 0, 0.5)
    journal.event("half way", log_level="warning")
    journal.record("metadata", values={"cells": 16384})
    journal.record("tags", add=["blue"])
    journal.record("folder", path="/conformance", description="of the suite")
    journal.record("alert", name="hot", source="metrics", metric="a", rule="is above", threshold=10.0)
    journal.record("alert", name="words", source="events", pattern="panic")
    journal.record("alert", name="mine", source="user")
    journal.record("alert_state", name="mine", state="critical")
    size, digest = journal.put_aside(file)
    journal.record("artifact", name="input.txt", category="input", path=str(file), size=size, sha256=digest)
    journal.record("artifact", name="kept.txt", category="output", stored=True, size=size, sha256=digest)
    journal.record("heartbeat")
    journal.record("status", status="running")
    journal.end()


def text(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for file in sorted(Path(directory, "text").iterdir()):
        journal.event(journal.text(file.read_bytes()))
    journal.record("metadata", values={"text": journal.text(Path(directory, "text", "01").read_bytes())})
    journal.end()


def numbers(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step, line in enumerate(Path(directory, "numbers.txt").read_text().splitlines()):
        journal.metric("x", float(line), step)
    journal.metric("y", 1.0, 9007199254740991, -1.5)
    journal.end()


def non_finite(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step, value in enumerate(("nan", "inf", "-inf", "0.5")):
        journal.metric("x", float(value), step)
    journal.end()


def many(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(10_000):
        journal.metric("x", step / 8, step)
    journal.end()


def rotation(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(30):
        if step in {10, 20}:
            journal = journal.rotate()
        journal.metric("x", step, step)
    journal.record("status", status="completed")
    journal.end()


def restart(kind, directory, scenario):
    journal = kind(directory, scenario, "conformance-restart")
    journal.run("restart")
    first = 0 if scenario == "restart-1" else 5
    for step in range(first, first + 5):
        journal.metric("x", step, step)
    if scenario == "restart-1":
        os._exit(1)
    journal.end()


def rank(kind, directory, scenario):
    journal, number = kind(directory, scenario, "conformance-ranks"), scenario[-1]
    if number == "0":
        journal.run("ranks")
    for step in range(100):
        journal.metric(f"rank{number}", step, step, step / 4)
    journal.end()


def wait_for(file):
    while not file.exists():
        time.sleep(0.005)


def full_disk(kind, directory, scenario):
    journal, directory = kind(directory, scenario), Path(directory)
    journal.run()
    step = 0
    while not (directory / "full").exists():
        journal.metric("x", step, step)
        step += 1
    journal.record("status", status="running")
    for more in range(20):
        journal.metric("x", step + more, step + more)
    (directory / "waiting").touch()
    wait_for(directory / "room")
    for more in range(20, 120):
        journal.metric("x", step + more, step + more)
    journal.end()


def killed(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(2_000):
        journal.metric("x", step, step)
        print(step, flush=True)
    time.sleep(3600)


def crowd(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(200):
        journal.metric("x", step, step, step / 4)
    journal.end()


def threads(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()

    def work(thread):
        for event in range(250):
            journal.event(f"thread {thread} event {event}")

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    journal.end()


def fork(kind, directory, scenario):
    journal = kind(directory, scenario)
    journal.run()
    for step in range(2):
        journal.metric("x", step, step)
    child = os.fork()
    if child == 0:
        for step in (2, 3):
            journal.metric("x", step, step)
        os._exit(0)
    os.waitpid(child, 0)
    journal.metric("x", 4, 4)
    journal.end()


SCENARIOS = {
    "minimal": minimal,
    "full": full,
    "text": text,
    "numbers": numbers,
    "non-finite": non_finite,
    "many": many,
    "rotation": rotation,
    "restart-1": restart,
    "restart-2": restart,
    "rank-0": rank,
    "rank-1": rank,
    "full-disk": full_disk,
    "killed": killed,
    "crowd": crowd,
    "threads": threads,
    "fork": fork,
}


def main(kind=Journal):
    """Run the scenario of the command line with this kind of journal."""
    if len(sys.argv) != 3 or sys.argv[1] not in SCENARIOS:
        sys.exit(77)
    SCENARIOS[sys.argv[1]](kind, sys.argv[2], sys.argv[1])


if __name__ == "__main__":
    main()
