"""A program that is interrupted from the keyboard."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("interrupted", folder="/parity/interrupted")
    print(run.log_event("before"), flush=True)
    raise KeyboardInterrupt
