#!/usr/bin/env python3
"""Does not say which guarantee is in force.

Seen in: terminal.
"""

from good import main

from simvue.delivery.terms import Server

Server.guarantee = property(lambda server: "good")


if __name__ == "__main__":
    main()
