"""Details of a run's folder."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("folder", folder="/parity/folder/below")
    print(run.set_folder_details(metadata={"project": "parity", "year": 2026}, tags=["one"], description="A folder."))
    print(run.set_folder_details(tags=["one", "two"]))
    print(run.set_folder_details(metadata={"more": 1.5}))
