"""Metrics and events from several threads, and from two runs at once."""

import os
import threading

import simvue


def work(number):
    for step in range(50):
        one.log_metrics({f"thread {number}": step * number, "shared": 1}, step=step)
    one.log_event(f"thread {number} ends", timestamp=f"2024-01-02T03:04:0{number}.000000")
    other.log_metrics({f"end {number}": number}, step=number)


one, other = simvue.Run(mode=os.environ["MODE"]), simvue.Run(mode=os.environ["MODE"])
for run, name in ((one, "threads one"), (other, "threads other")):
    run.config(disable_resources_metrics=True)
    print(run.init(name, folder="/parity/threads"))
workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(one.close(), other.close())
