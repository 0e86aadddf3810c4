"""A run that is only announced, by a program that ends."""

import os

import simvue

run = simvue.Run(mode=os.environ["MODE"])
print(run.init("left created", folder="/parity/left_created", running=False, metadata={"a": 1}))
print(run.update_tags(["late"]))
