#!/usr/bin/env python3
"""Creates no run whose run record was refused.

Seen in: refused.
"""

from good import main

from simvue.delivery.operations import Operations


def create(operations, entry, header):
    if entry is not None:
        operations.deliver(entry)


Operations.create_run = create


if __name__ == "__main__":
    main()
