"""A program that is online: it appends to a journal of its own and delivers it by a service; killed by tests.

`python -m tests.delivery.client CACHE URL TOKEN RUN COUNT PAUSE [create]`, with CACHE the cache of the online run. It
prints a line when the server has the run, and one when all is delivered.
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from simvue.config import Token
from simvue.delivery.service import Service
from simvue.server.session import HttpTransport


class Writer:
    """Appends records to a new journal, each in one write."""

    def __init__(self, cache: Path, run: str, *, create: bool = True) -> None:
        identity, self._count, self._stamp = str(uuid.uuid4()), 0, 0
        folder = cache / "journals"
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
        self.path = folder / f"{identity}.jsonl"
        self._file = os.open(self.path, flags, 0o600)
        head = {"format": "simvue-journal", "version": "1.0", "journal": identity, "run": run, "writer": {}}
        self.append(kind="header", **head)
        if create:
            self.append(kind="run", name=run)

    def append(self, **record: Any) -> None:
        """Append a record, at a time of its own."""
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        seconds, fraction = divmod(self._stamp, 1_000_000)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:06d}Z"
        line = {"kind": record.pop("kind"), "seq": self._count, "at": at, **record}
        os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._count += 1

    def step(self, number: int) -> None:
        """Append a metric whose value is its own, and every fourth time an event."""
        self.append(kind="metrics", step=number, values={f"r{os.getpid()}": number})
        if number % 4 == 0:
            self.append(kind="event", message=f"{os.getpid()} {number}")

    def end(self) -> None:
        """Append an end record, and close the journal."""
        self.append(kind="end", status="completed", records=self._count)
        os.close(self._file)


def main() -> None:
    """Write COUNT records, one every PAUSE seconds."""
    cache, url, token, run, count, pause, *create = sys.argv[1:]
    writer = Writer(Path(cache), run, create=bool(create))
    service = Service(cache, HttpTransport(url, Token(token)), url)
    service.start()
    service.wait_for(lambda: "id" in service.facts(run), 60)
    print("begun", flush=True)
    for number in range(int(count)):
        writer.step(number)
        service.wake()
        time.sleep(float(pause))
    writer.end()
    delivered = service.wait_for(lambda: service.backlog().records == 0, 60)
    service.stop(5)
    print("delivered" if delivered else f"left: {service.problem}", flush=True)


if __name__ == "__main__":
    main()
