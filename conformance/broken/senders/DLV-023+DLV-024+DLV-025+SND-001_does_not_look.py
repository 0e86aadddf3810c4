#!/usr/bin/env python3
"""Believes at once that what was in doubt is absent.

Seen in: without-keys.
"""

from good import main

from simvue.delivery.exchange import Exchange

Exchange._look_until_sure = lambda exchange, run, intent, look: None


if __name__ == "__main__":
    main()
