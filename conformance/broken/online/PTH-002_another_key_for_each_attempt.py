#!/usr/bin/env python3
"""Sends a request in doubt again under another key.

Seen in: failing, minimal.
"""

from dataclasses import replace
from itertools import count

from _base import main

from simvue.server.session import HttpTransport

original, number = HttpTransport.__call__, count()


def call(self, request):
    key = None if request.key is None else f"{request.key}/{next(number)}"
    return original(self, replace(request, key=key))


if __name__ == "__main__":
    HttpTransport.__call__ = call
    main()
