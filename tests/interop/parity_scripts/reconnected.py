"""A run that goes on after it was closed."""

import os

import simvue

run = simvue.Run(mode=os.environ["MODE"])
run.config(disable_resources_metrics=True)
print(run.init("reconnected", folder="/parity/reconnected", tags=["before"]))
print(run.log_metrics({"x": 1.0}))
print(run.log_event("before"))
print(run.close())
with simvue.Run(mode=os.environ["MODE"]) as again:
    again.config(disable_resources_metrics=True)
    print(again.reconnect(run.id))
    print(again.name, again.status)
    print(again.update_tags(["after"]))
    print(again.log_metrics({"x": 2.0}))
    print(again.log_event("after"))
