"""Names of parameters that are the same in every process, because several processes share the tests out by name."""

import re

__all__ = ["named"]

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def named(value: object) -> str:
    """Return how an object is written, without its address, and not more than a line of it."""
    return _ADDRESS.sub("", repr(value))[:80]
