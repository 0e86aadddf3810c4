"""Errors that a run only reports."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    print(run.config(suppress_errors=True, disable_resources_metrics=True))
    run.init("suppressed", folder="/parity/suppressed")
    print(run.log_event("before"))
    for wrong in (
        lambda: run.config(system_metrics_interval=5, disable_resources_metrics=True),
        lambda: run.log_alert(identifier="a", name="b"),
        lambda: run.add_alerts(ids=None),
    ):
        try:
            print(wrong())
        except RuntimeError:
            print("refused")
    print(run.log_event("after"))
