#!/usr/bin/env python3
"""Delivers a record that was written twice as often.

Seen in: growing.
"""

from good import bodies, main


def again(request, value):
    twice = [row for row in value.get("events", ()) if row["message"] == "again"]
    return {**value, "events": [*value["events"], *twice]} if twice else value


bodies(again)


if __name__ == "__main__":
    main()
