"""Options of a run, and errors that it only reports."""

import os
import time

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    print(run.config(system_metrics_interval=1, queue_blocking=True, abort_on_alert="run"))
    run.init("config", folder="/parity/config")
    time.sleep(2.5)
with simvue.Run(mode=os.environ["MODE"]) as run:
    print(run.config(disable_resources_metrics=True, storage_id="none"))
    run.init("config quiet", folder="/parity/config")
    for wrong in (
        {"system_metrics_interval": 0},
        {"abort_on_alert": "sometimes"},
        {"system_metrics_interval": 5, "disable_resources_metrics": True},
    ):
        try:
            print(run.config(**wrong))
        except RuntimeError:
            print(wrong, "refused")
