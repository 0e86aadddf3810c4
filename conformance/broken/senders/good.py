#!/usr/bin/env python3
"""This project's sender as a command: the broken ones beside it have one thing of it replaced.

The name of a broken sender says which requirements it breaks, its first lines in which scenes this is seen. Called as
SENDER-CLI.md has it: CMD --cache DIR.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import ormsgpack

from simvue.server.session import HttpTransport
from simvue_sender.cli import command

CACHE = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
TOKEN = os.environ.get("SIMVUE_TOKEN", "")


def requests(change):
    """Let every request go through `change(request, send)`, which returns the response."""
    original = HttpTransport.__call__
    HttpTransport.__call__ = lambda transport, request: change(request, lambda changed: original(transport, changed))


def bodies(change):
    """Let every body go through `change(request, value)`, which returns the one to send."""

    def changed(request, send):
        if not request.body or not isinstance(request.body, bytes):
            return send(request)
        is_packed = any("msgpack" in value for _, value in request.headers)
        value = change(request, (ormsgpack.unpackb if is_packed else json.loads)(request.body))
        body = ormsgpack.packb(value) if is_packed else json.dumps(value).encode()
        return send(replace(request, body=body))

    requests(changed)


def finished():
    """Make the pass, and return its exit code."""
    try:
        command(prog_name="sender")
    except SystemExit as ended:
        return ended.code or 0
    return 0


def main():
    """Make the pass, and exit."""
    sys.exit(finished())


if __name__ == "__main__":
    main()
