"""A file that is deleted as soon as it is saved, without a snapshot."""

import os
from pathlib import Path

import simvue

gone = Path("gone.txt")
gone.write_text("here")
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("deleted at once", folder="/parity/deleted_at_once")
    print(run.save_file(gone, category="output"))
    gone.unlink()
