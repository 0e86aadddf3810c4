#!/usr/bin/env python3
"""Takes no notice of Retry-After.

Seen in: told-to-wait.
"""

from good import main

from simvue.core import answers

answers.retry_after = lambda value, now: None


if __name__ == "__main__":
    main()
