#!/usr/bin/env python3
"""Takes every error for a refusal.

Seen in: errors.
"""

from good import main

from simvue.core import answers

answers._meaning = lambda status: answers.Meaning.REFUSED


if __name__ == "__main__":
    main()
