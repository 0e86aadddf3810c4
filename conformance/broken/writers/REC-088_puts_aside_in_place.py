#!/usr/bin/env python3
"""Copies a file under the name that it shall have at the end.

Seen in: full.
"""

import hashlib
import time

from good import Journal, main


class Broken(Journal):
    def copy(self, content, path):
        with (path.parent / hashlib.sha256(content).hexdigest()).open("wb", buffering=0) as file:
            file.write(content[:1000])
            time.sleep(1)
            file.write(content[1000:])
        super().copy(content, path)


if __name__ == "__main__":
    main(Broken)
