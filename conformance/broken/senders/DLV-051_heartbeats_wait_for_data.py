#!/usr/bin/env python3
"""Sends no heartbeats while data wait.

Seen in: stuck.
"""

from good import main, requests

from simvue.core.http import Response

requests(lambda request, send: Response(status=200, body=b"{}") if "heartbeat" in request.path else send(request))


if __name__ == "__main__":
    main()
