"""Programs that a run starts and waits for."""

import os
import threading
from pathlib import Path

import simvue

Path("work.sh").write_text('echo "$0 out: $*" | sed "s,^.*/,,"; echo problem >&2; exit 0\n')
Path("input.txt").write_text("input")
ended = threading.Event()


told = []


def on_end(*, status_code, std_out, std_err):
    told.append((status_code, std_out.strip(), std_err.strip()))


with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("processes", folder="/parity/processes")
    run.config(disable_resources_metrics=True)
    print(
        run.add_process(
            "solver",
            executable="/bin/sh",
            script="work.sh",
            completion_callback=on_end,
            completion_trigger=ended,
        )
    )
    print(ended.wait(20))
    run.add_process("options", "last", executable="echo", n=3, long_name="value", flag=True)
    run.add_process("elsewhere", executable="env", env={"ONLY": "this"}, cwd=Path("/"))
    print(sorted(run.executor.get_command(name) for name in ("options", "elsewhere")))
print(told)
print(sorted(path.name for path in Path.cwd().iterdir()))
