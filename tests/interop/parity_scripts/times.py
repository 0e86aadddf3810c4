"""Metrics and events with steps, times and time stamps of the user's own."""

import os
from datetime import UTC, datetime

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("times", folder="/parity/times")
    run.config(disable_resources_metrics=True)
    print(run.log_metrics({"x": 1.0}, step=10))
    print(run.log_metrics({"x": 2.0}))
    print(run.log_metrics({"x": 3.0}, step=5, time=1000.25))
    print(run.log_metrics({"x": 4.0}, time=-3.5))
    print(run.log_metrics({"x": 5.0}, step=30, timestamp="2024-01-02T03:04:05.678901"))
    print(run.log_metrics({"x": 6.0}, step=31, time=2000.0, timestamp=datetime(2024, 1, 2, 3, 4, 6, 500000)))  # noqa: DTZ001
    print(run.log_metrics({"x": 7.0}, step=32, timestamp=datetime(2024, 1, 2, 3, 4, 7, tzinfo=UTC)))
    print(run.log_metrics({"x": 8.0}, step="33", time="3000.5"))
    print(run.log_metrics({"x": 9.0}, 34, 4000.0, "2024-01-02T03:04:08.000000"))
    print(run.log_metrics({"y": 1.0}))
    print(run.log_event("then", timestamp="2024-01-02T03:04:05.678901"))
    print(run.log_event("then again", timestamp=datetime(2024, 1, 2, 3, 4, 6)))  # noqa: DTZ001
    for wrong in ({"step": 1.5}, {"time": "soon"}, {"timestamp": "yesterday"}):
        try:
            print(run.log_metrics({"z": 1.0}, **wrong))
        except RuntimeError:
            print(wrong, "refused")
