#!/usr/bin/env python3
"""Gives a batch up that has a record which is refused.

Seen in: halved, refused.
"""

from good import main

from simvue.core.batching import Batch

Batch.halves = lambda batch: ()


if __name__ == "__main__":
    main()
