#!/usr/bin/env python3
"""Online, records nothing in other threads and in forked children.

Seen in: fork, threads.
"""

import os
import threading

from _base import IS_ONLINE, main

from simvue.journal.writer import Writer

HOME = os.getpid()


def altered(original):
    def append(self, *arguments, **named):
        if not IS_ONLINE or (os.getpid() == HOME and threading.current_thread() is threading.main_thread()):
            original(self, *arguments, **named)

    return append


if __name__ == "__main__":
    Writer.append, Writer.append_metrics = altered(Writer.append), altered(Writer.append_metrics)
    main()
