#!/usr/bin/env python3
"""Draws another key for each attempt.

Seen in: in-doubt.
"""

from dataclasses import replace
from uuid import uuid4

from good import main, requests

requests(lambda request, send: send(replace(request, key=request.key and uuid4().hex)))


if __name__ == "__main__":
    main()
