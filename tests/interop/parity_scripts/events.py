"""Events of all levels."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("events", folder="/parity/events")
    print(run.log_event("plain"))
    for level in ("debug", "info", "warning", "error", "critical"):
        print(run.log_event(f"as {level}", log_level=level))
    print(run.log_event("ünïcode ☃, and\nanother line\twith a tab"))
    print(run.log_event("long " * 2000))
    print(run.log_event(""))
    for wrong in ({"log_level": "loud"}, {"timestamp": "yesterday"}):
        try:
            print(run.log_event("wrong", **wrong))
        except RuntimeError:
            print(wrong, "refused")
