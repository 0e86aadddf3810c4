#!/usr/bin/env python3
"""Sends each batch twice, to be sure.

Seen in: several.
"""

from dataclasses import replace

from good import main, requests


def twice(request, send):
    if request.path == "/metrics":
        send(replace(request, key=f"{request.key}/again"))
    return send(request)


requests(twice)


if __name__ == "__main__":
    main()
