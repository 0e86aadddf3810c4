"""A program that its run kills."""

import os
import time

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("process killed", folder="/parity/process_killed")
    run.config(disable_resources_metrics=True)
    run.add_process("endless", "100", executable="sleep")
    time.sleep(0.5)
    print(len(run.processes))
    print(run.kill_process("endless"))
    print(run.log_event("goes on"))
