"""Metrics in all forms that a value can have."""

import math
import os

import numpy as np

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("metrics", folder="/parity/metrics")
    run.config(disable_resources_metrics=True)
    for number in range(5):
        print(run.log_metrics({"loss": 1 / (number + 1), "count": number, "even": number % 2 == 0}))
    print(run.log_metrics({"f64": np.float64(0.1), "f32": np.float32(0.5), "i64": np.int64(-7)}))
    print(run.log_metrics({"large": 2**53, "negative": -(2**40), "tiny": 5e-324, "huge": 1.7976931348623157e308}))
    print(run.log_metrics({"odd": math.nan, "up": math.inf, "down": -math.inf}))
    print(run.log_metrics({"a/b c.d-e:f=g>h<i+(j)%": 1}))
    print(run.log_metrics({"text": "1.5e-3", "whole": "12"}))
    for wrong in ({"a*b": 1}, {"word": "high"}, {"nothing": None}, {"list": {}}):
        try:
            print(run.log_metrics(wrong))
        except RuntimeError:
            print(wrong, "refused")
