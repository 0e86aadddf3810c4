#!/usr/bin/env python3
"""Waits with all runs as soon as one has to wait.

Seen in: stuck.
"""

from good import main

from simvue.delivery.exchange import Exchange


def stop(exchange, run, why, wish=None):
    exchange.deadline = 0.0
    return defer(exchange, run, why, wish)


defer = Exchange.defer
Exchange.defer = stop


if __name__ == "__main__":
    main()
