#!/usr/bin/env python3
"""Sends requests without Idempotency-Key.

Seen in: minimal.
"""

from dataclasses import replace

from _base import main

from simvue.server.session import HttpTransport

original = HttpTransport.__call__


def call(self, request):
    return original(self, replace(request, key=None))


if __name__ == "__main__":
    HttpTransport.__call__ = call
    main()
