#!/usr/bin/env python3
"""Takes a batch for delivered before it is sent.

Seen in: killed.
"""

from good import main

from simvue.delivery.exchange import Exchange


def send(exchange, account, run, step, intent, before):
    if step.name in {"metrics", "events"}:
        exchange.conclude(account, intent["key"], {})
    return honest(exchange, account, run, step, intent, before)


honest = Exchange._send
Exchange._send = send


if __name__ == "__main__":
    main()
