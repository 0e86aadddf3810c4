#!/usr/bin/env python3
"""Has keys of its process, so one that was killed is not continued.

Seen in: killed.
"""

import os
from dataclasses import replace

from good import main, requests


def forgetful(request, send):
    is_batch = request.path in {"/metrics", "/events"}
    return send(replace(request, key=f"{request.key}/{os.getpid()}") if is_batch else request)


requests(forgetful)


if __name__ == "__main__":
    main()
