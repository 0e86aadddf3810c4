#!/usr/bin/env python3
"""Forgets the last row of each batch.

Seen in: several.
"""

from good import bodies, main

bodies(lambda request, value: {**value, "metrics": value["metrics"][:-1]} if request.path == "/metrics" else value)


if __name__ == "__main__":
    main()
