#!/usr/bin/env python3
"""Sends a metric that it has not appended to a journal.

Seen in: killed, minimal.
"""

import json
import os
from contextlib import suppress
from urllib.request import Request, urlopen

from _base import IS_ONLINE, main

from simvue import Run

original = Run.init


def init(self, name, **details):
    original(self, name, **details)
    if IS_ONLINE:
        point = {"step": 0, "time": 0.0, "timestamp": "2026-03-01T09:00:00.000000", "values": {"progress": 0.5}}
        headers = {
            "Authorization": f"Bearer {os.environ['SIMVUE_TOKEN']}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"{os.getpid()}/progress",
        }
        body = json.dumps({"run": self.id, "metrics": [point]}).encode()
        with suppress(OSError):
            urlopen(Request(f"{os.environ['SIMVUE_URL']}/api/metrics", body, headers)).close()


if __name__ == "__main__":
    Run.init = init
    main()
