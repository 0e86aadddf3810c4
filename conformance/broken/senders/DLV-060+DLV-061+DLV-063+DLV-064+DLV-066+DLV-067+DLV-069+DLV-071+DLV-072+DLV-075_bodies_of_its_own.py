#!/usr/bin/env python3
"""Leaves members out of bodies, and puts others in.

Seen in: kinds.
"""

from good import bodies, main

LEFT_OUT = {
    "/runs": ("started", "simvue"),
    "/metrics": ("time",),
    "/alerts": ("description",),
    "/artifacts": ("mime_type",),
    "tensors": ("timestamp",),
}
OPTIONAL = ("endtime", "ttl")


def other(request, value):
    if request.path == "/events":
        return {**value, "events": [{**each, "source": "journal"} for each in value["events"]]}
    kind = "tensors" if isinstance(value, list) else request.path
    return without(value, (*LEFT_OUT.get(kind, ()), *OPTIONAL))


def without(value, names):
    if isinstance(value, list):
        return [without(each, names) for each in value]
    if isinstance(value, dict):
        return {name: without(each, names) for name, each in value.items() if name not in names}
    return value


bodies(other)


if __name__ == "__main__":
    main()
