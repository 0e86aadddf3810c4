"""How runs end when they are told to."""

import os

import simvue

for status in ("completed", "failed", "terminated"):
    run = simvue.Run(mode=os.environ["MODE"])
    run.init(f"status {status}", folder="/parity/status")
    run.log_event("something")
    print(run.set_status(status))
    print(run.close())
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("status inside", folder="/parity/status")
    print(run.set_status("failed"))
run = simvue.Run(mode=os.environ["MODE"])
run.init("status late", folder="/parity/status")
print(run.close())
print(run.set_status("terminated"))
run = simvue.Run(mode=os.environ["MODE"])
for early in (
    lambda: run.log_event("x"),
    lambda: run.log_metrics({"x": 1}),
    run.close,
    lambda: run.set_status("failed"),
):
    try:
        print(early())
    except RuntimeError:
        print("refused")
try:
    run.init("status wrong", folder="/parity/status")
    print(run.set_status("lost"))
except RuntimeError:
    print("refused")
run.close()
