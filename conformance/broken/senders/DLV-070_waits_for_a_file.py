#!/usr/bin/env python3
"""Gives up what has to be set aside.

Seen in: artifacts.
"""

from good import main

from simvue.delivery.case import Case

Case.set_aside = Case.refuse_quietly = lambda case, entry, why, detail: case.bury(entry, "DLV-070", detail, by="server")


if __name__ == "__main__":
    main()
