#!/usr/bin/env python3
"""Puts its environment into the header.

Seen in: minimal.
"""

import os

from good import Journal, main


class Broken(Journal):
    def header(self):
        environment = {name: value for name, value in os.environ.items() if name.startswith("SIMVUE_")}
        return {**super().header(), "writer": {"name": "broken", "environment": environment}}


if __name__ == "__main__":
    main(Broken)
