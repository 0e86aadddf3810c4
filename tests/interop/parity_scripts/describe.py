"""A run that says all that `init` takes, and what it then says of itself."""

import os

import simvue

os.environ["PARITY_CASE"] = "17"
os.environ["PARITY_SECRET"] = "no"
with simvue.Run(mode=os.environ["MODE"]) as run:
    print(
        run.init(
            "describe: v1.0/a_b-c",
            metadata={"cells": 64, "scheme": "upwind", "nested": {"a": [1, None, True], "b": {"c": 1.5}}, "none": None},
            tags=["parity", "describe me"],
            description="Says ünïcode, and\ntwo lines.",
            folder="/parity/describe/deep",
            notification="error",
            retention_period="2 hours",
            timeout=300,
            visibility=["user01"],
            no_color=True,
            record_shell_vars={"PARITY_C*"},
        )
    )
    print(run.name, run.status, len(run.id) > 10, len(run.uid) > 10, run.processes)
    print(run.duration >= 0)
with simvue.Run(mode=os.environ["MODE"]) as run:
    print(run.init("describe tenant", folder="/parity/describe", visibility="tenant", timeout=None))
with simvue.Run(mode=os.environ["MODE"]) as run:
    print(run.init("describe public", folder="/parity/describe", visibility="public", notification="all"))
for wrong in (
    {"name": "a*b"},
    {"name": "x", "folder": "no/slash"},
    {"name": "x", "retention_period": "soonish"},
    {"name": "x", "visibility": "everyone"},
    {"name": "x", "notification": "sometimes"},
):
    try:
        print(simvue.Run(mode=os.environ["MODE"]).init(**wrong))
    except RuntimeError:
        print(wrong, "refused")
