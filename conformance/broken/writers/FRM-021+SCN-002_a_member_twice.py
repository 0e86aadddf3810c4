#!/usr/bin/env python3
"""Puts the time at the end as well.

Seen in: full.
"""

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        line = super().json(record)
        return f'{line[:-1]},"at":"{record["at"]}"}}' if record["kind"] == "heartbeat" else line


if __name__ == "__main__":
    main(Broken)
