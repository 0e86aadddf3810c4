"""A program that fails, and its run with it."""

import os
from pathlib import Path

import simvue

Path("fails.sh").write_text("echo about to fail; echo why >&2; exit 3\n")
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("process fails", folder="/parity/process_fails")
    run.config(disable_resources_metrics=True)
    run.log_metrics({"x": 1.0})
    run.add_process("solver", executable="/bin/sh", script="fails.sh")
    print(run.log_event("goes on"))
print("never said")
