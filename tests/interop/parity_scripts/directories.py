"""Directories, and lists of files and directories."""

import os
from pathlib import Path

import simvue

for name in ("results/a.txt", "results/below/b.txt", "more/c.txt"):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(name)
Path("single.txt").write_text("single")
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("directories", folder="/parity/directories")
    for save in (
        lambda: run.save_directory("results", category="output"),
        lambda: run.save_all([Path("more"), Path("single.txt")], category="input"),
    ):
        try:
            print(save())
        except RuntimeError:
            print("refused")
