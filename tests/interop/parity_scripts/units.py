"""Units of metrics."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("units", folder="/parity/units")
    run.config(disable_resources_metrics=True)
    print(run.set_metric_units("length", units="km"))
    print(run.set_metric_units("pressure", units="Pa"))
    print(run.set_metric_units("custom", units="furlong", mks_unit="m", mks_conversion=201.168))
    print(run.log_metrics({"length": 1.0, "pressure": 2.0, "custom": 3.0}))
