"""A step that no server takes, among others."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("negative step", folder="/parity/negative_step")
    run.config(disable_resources_metrics=True)
    print(run.log_metrics({"x": 1.0}))
    try:
        print(run.log_metrics({"x": 2.0}, step=-1))
    except RuntimeError:
        print("refused")
    print(run.log_metrics({"x": 3.0}))
