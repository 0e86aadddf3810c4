#!/usr/bin/env python3
"""Waits for a server that is not there.

Seen in: down.
"""

import time

from good import main, requests

from simvue.errors import Unreachable


def patient(request, send):
    try:
        return send(request)
    except Unreachable:
        time.sleep(16)
        raise


requests(patient)


if __name__ == "__main__":
    main()
