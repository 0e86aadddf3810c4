"""A run that is reconnected to, and then describes its folder."""

import os

import simvue

run = simvue.Run(mode=os.environ["MODE"])
print(run.init("reconnected folder", folder="/parity/reconnected_folder"))
print(run.close())
with simvue.Run(mode=os.environ["MODE"]) as again:
    print(again.reconnect(run.id))
    try:
        print(again.set_folder_details(description="Again."))
    except RuntimeError:
        print("refused")
