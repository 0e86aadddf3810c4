#!/usr/bin/env python3
"""Does not wait for the run record.

Seen in: awaited.
"""

from dataclasses import replace

from good import main

from simvue_sender import cli

policy = cli._policy
cli._policy = lambda *given: replace(policy(*given), adopt_after=0.0)


if __name__ == "__main__":
    main()
