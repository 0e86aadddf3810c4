#!/usr/bin/env python3
"""Tries again when the token is refused.

Seen in: unauthorised.
"""

import sys

from good import main

from simvue.core import answers

sys.argv += ["--max-seconds", "5"]
meaning = answers._meaning
answers._meaning = lambda status: answers.Meaning.REFUSED if status in {401, 403} else meaning(status)


if __name__ == "__main__":
    main()
