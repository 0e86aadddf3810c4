"""A program that ends without a word."""

import os

import simvue

run = simvue.Run(mode=os.environ["MODE"])
run.config(disable_resources_metrics=True)
print(run.init("unclosed", folder="/parity/unclosed"))
print(run.set_pid(os.getpid()))
print(run.log_metrics({"x": 1.0}))
print(run.log_event("something"))
