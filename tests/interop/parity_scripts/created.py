"""A run that is announced, and begun later by reconnecting to it."""

import os
from pathlib import Path

import simvue

Path("in.txt").write_text("input")
run = simvue.Run(mode=os.environ["MODE"])
print(run.init("created", folder="/parity/created", running=False))
print(run.status)
print(run.save_file("in.txt", category="input"))
print(run.update_metadata({"prepared": True}))
for early in (lambda: run.log_metrics({"x": 1}), lambda: run.save_file("in.txt", category="output")):
    try:
        print(early())
    except RuntimeError:
        print("refused")
identifier = run.id
with simvue.Run(mode=os.environ["MODE"]) as again:
    again.config(disable_resources_metrics=True)
    print(again.reconnect(identifier))
    print(again.name, again.status)
    print(again.log_metrics({"x": 1.5}, step=3))
    print(again.log_event("begun"))
