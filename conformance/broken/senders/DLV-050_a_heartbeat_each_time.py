#!/usr/bin/env python3
"""Sends a heartbeat in each pass.

Seen in: live.
"""

from dataclasses import replace

from good import main, requests


def beating(request, send):
    if request.path.endswith("/abort"):
        send(replace(request, method="PUT", path=request.path.replace("abort", "heartbeat")))
    return send(request)


requests(beating)


if __name__ == "__main__":
    main()
