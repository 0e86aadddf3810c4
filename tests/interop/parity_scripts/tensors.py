"""Arrays as metrics, on grids."""

import os

import numpy as np

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("tensors", folder="/parity/tensors")
    run.config(disable_resources_metrics=True)
    print(
        run.assign_metric_to_grid(
            metric_name="field",
            grid_name="tensors grid",
            axes_ticks=[[0.0, 0.5, 1.0], [0.0, 1.0]],
            axes_labels=["x", "y"],
        )
    )
    for step in range(3):
        print(run.log_metrics({"field": np.full((3, 2), float(step)), "plain": step}))
    print(
        run.assign_metric_to_grid(
            metric_name="line",
            grid_name="tensors line",
            axes_ticks=np.linspace(0, 1, 4).reshape(1, 4),
            axes_labels=["s"],
        )
    )
    print(run.log_metrics({"line": np.arange(4)}, step=7, time=1000.5, timestamp="2024-01-02T03:04:05.678901"))
    print(run.log_metrics({"free": np.arange(3.0)}))
    print(run.log_metrics({"plain": 3.5}))
