"""Metadata and tags that change while a run goes on."""

import os

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("facts", folder="/parity/facts", metadata={"kept": 1, "changed": 1}, tags=["first"])
    print(run.update_metadata({"changed": 2, "added": "text"}))
    print(run.update_metadata({"deep": {"a": 1}}))
    print(run.update_metadata({"deep": {"b": [1, 2.5, None, False]}}))
    print(run.update_metadata({"dotted.name": 1, "with space": 2}))
    print(run.update_tags(["second", "first"]))
    print(run.update_tags(["third"]))
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("facts replaced", folder="/parity/facts", tags=["old"])
    print(run.set_tags(["new", "newer"]))
    print(run.update_tags(["newest"]))
    for method, wrong in ((run.update_metadata, "text"), (run.set_tags, 7)):
        try:
            print(method(wrong))
        except RuntimeError:
            print(wrong, "refused")
