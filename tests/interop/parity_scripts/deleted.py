"""A file that is deleted, and one that is overwritten, as soon as they are saved."""

import os
from pathlib import Path

import simvue

gone, changed = Path("gone.txt"), Path("changed.txt")
gone.write_text("here")
changed.write_text("before")
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("deleted", folder="/parity/deleted")
    print(run.save_file(gone, category="output", snapshot=True))
    gone.unlink()
    print(run.save_file(changed, category="output", snapshot=True))
    changed.write_text("after")
