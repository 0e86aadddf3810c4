#!/usr/bin/env python3
"""Sends an alert before it creates the run.

Seen in: kinds.
"""

from good import main, requests

from simvue.core.http import Request

ALERT = b'{"name": "early", "source": "user"}'
JSON = (("Content-Type", "application/json"),)


def early(request, send):
    if (request.method, request.path) == ("POST", "/runs"):
        query = (("deduplicate", "True"),)
        send(Request(method="POST", path="/alerts", query=query, timeout=9.0, body=ALERT, headers=JSON, key="early"))
    return send(request)


requests(early)


if __name__ == "__main__":
    main()
