#!/usr/bin/env python3
"""Waits for an alert that will never be there.

Seen in: refused.
"""

from good import main

from simvue.core import mapping
from simvue.core.steps import Impossible
from simvue.delivery.terms import RunGone


def state(record, place, known):
    try:
        return honest(record, place, known)
    except Impossible as problem:
        raise RunGone(str(problem)) from problem


honest = mapping._OPERATIONS["alert_state"]
mapping._OPERATIONS["alert_state"] = state


if __name__ == "__main__":
    main()
