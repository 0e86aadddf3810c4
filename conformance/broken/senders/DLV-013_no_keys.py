#!/usr/bin/env python3
"""Sends no idempotency keys.

Seen in: keys.
"""

from dataclasses import replace

from good import main, requests

requests(lambda request, send: send(replace(request, key=None)))


if __name__ == "__main__":
    main()
