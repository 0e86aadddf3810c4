#!/usr/bin/env python3
"""Begins records with another member.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        return super().json({"at": record["at"], **record})


if __name__ == "__main__":
    main(Broken)
