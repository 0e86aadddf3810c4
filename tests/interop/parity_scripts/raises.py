"""A program that ends with an exception."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("raises", folder="/parity/raises")
    run.config(disable_resources_metrics=True)
    run.log_metrics({"x": 1.0})
    print(run.log_event("before"))
    raise ValueError("diverged")
