#!/usr/bin/env python3
"""Adds the time of sending to what it sends.

Seen in: in-doubt.
"""

import time

from good import bodies, main

bodies(lambda request, value: {**value, "sent": time.time()} if request.path in {"/metrics", "/events"} else value)


if __name__ == "__main__":
    main()
