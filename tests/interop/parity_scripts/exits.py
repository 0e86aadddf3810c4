"""A program that ends with an exit code inside of its run."""

import os
import sys

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("exits", folder="/parity/exits")
    print(run.log_event("before"))
    sys.exit(4)
