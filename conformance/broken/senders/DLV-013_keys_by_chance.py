#!/usr/bin/env python3
"""Draws each key at random, and remembers it.

Seen in: keys.
"""

from dataclasses import replace
from uuid import uuid4

from good import CACHE, main, requests

SALT = CACHE / "sender" / "salt"


def salted(request, send):
    SALT.touch()
    salt = SALT.read_text() or uuid4().hex
    SALT.write_text(salt)
    return send(replace(request, key=request.key and f"{request.key}/{salt}"))


requests(salted)


if __name__ == "__main__":
    main()
