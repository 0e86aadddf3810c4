#!/usr/bin/env python3
"""Writes the host of its server into the header, with no more of the address.

Seen in: minimal.
"""

import os
from urllib.parse import urlsplit

from good import Journal, main


class Broken(Journal):
    def header(self):
        host = urlsplit(os.environ.get("SIMVUE_URL", "")).hostname
        return {**super().header(), "writer": {"name": "broken", "server": host}}


if __name__ == "__main__":
    main(Broken)
