#!/usr/bin/env python3
"""Calls a run failed when its journal does not grow.

Seen in: live.
"""

import re

from good import CACHE, main, requests

from simvue.core.http import Request

CACHE.joinpath("sender").mkdir(exist_ok=True)
SEEN = CACHE / "sender" / "sizes"
FAILED, JSON = b'{"status": "failed"}', (("Content-Type", "application/json"),)


def suspicious(request, send):
    found = re.fullmatch("/runs/(.*)/abort", request.path)
    size = str(sum(path.stat().st_size for path in CACHE.glob("journals/*")))
    if found and SEEN.exists() and SEEN.read_text() == size:
        send(Request(method="PUT", path=f"/runs/{found[1]}", timeout=9.0, body=FAILED, headers=JSON, key=size))
    SEEN.write_text(size)
    return send(request)


requests(suspicious)


if __name__ == "__main__":
    main()
