#!/usr/bin/env python3
"""Prints names and answers as they are.

Seen in: terminal.
"""

import json

from good import CACHE, main

from simvue_sender import cli

cli.one_line = cli.printable = lambda text: text
for journal in CACHE.glob("journals/*"):
    for line in journal.read_bytes().splitlines():
        print(
            str(json.loads(line).values()).encode().decode("unicode_escape") if line.startswith(b'{"kind":"r') else ""
        )


if __name__ == "__main__":
    main()
