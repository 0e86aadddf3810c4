"""A run that records nothing, whatever the mode of others."""

import os
from pathlib import Path

import simvue

Path("in.txt").write_text("input")
os.environ.pop("MODE")
with simvue.Run(mode="disabled") as run:
    print(run.init("disabled", folder="/parity/disabled"))
    print(run.log_metrics({"x": 1.0}), run.log_event("x"), run.update_metadata({"a": 1}), run.update_tags(["a"]))
    print(run.save_file("in.txt", category="input"), run.save_object({"a": 1}, category="input", name="a"))
    print(run.set_folder_details(description="x"), run.set_status("failed"), run.config(suppress_errors=True))
    print(run.mode, run.name, run.status)
