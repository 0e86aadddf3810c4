#!/usr/bin/env python3
"""Puts the final status when it comes to it.

Seen in: several.
"""

from good import main

from simvue.delivery import journals

drain = journals.JournalDelivery.drain
journals.JournalDelivery.drain = lambda delivery, *, hold_final: drain(delivery, hold_final=False)


if __name__ == "__main__":
    main()
