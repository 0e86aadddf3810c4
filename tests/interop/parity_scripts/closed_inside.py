"""A run that is closed before its block ends."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("closed inside", folder="/parity/closed_inside")
    try:
        print(run.close())
    except RuntimeError:
        print("refused")
