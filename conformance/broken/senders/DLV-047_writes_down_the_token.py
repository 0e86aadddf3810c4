#!/usr/bin/env python3
"""Keeps a log of its requests, with their headers.

Seen in: secrets.
"""

from good import CACHE, TOKEN, main

CACHE.joinpath("sender").mkdir(exist_ok=True)
CACHE.joinpath("sender", "trace").write_text(f"Authorization: Bearer {TOKEN}")


if __name__ == "__main__":
    main()
