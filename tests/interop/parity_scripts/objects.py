"""Objects of the libraries that simulations use."""

import os
from collections import OrderedDict

import numpy as np
import pandas as pd

import simvue

with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("objects", folder="/parity/objects")
    print(run.save_object(np.arange(6.0).reshape(2, 3), category="output", name="array"))
    print(run.save_object(np.array(["a", "ä"]), category="input", name="texts"))
    print(run.save_object(pd.DataFrame({"a": [1.5, 2.0], "b": ["x", "y"]}), category="output", name="table"))
    print(run.save_object({"a": [1, None, True], "b": "hé"}, category="output", name="facts", metadata={"from": "me"}))
    print(run.save_object([1, [2, 3.5]], category="code", name="list"))
    print(run.save_object("text", category="output", name="text"))
    print(run.save_object(OrderedDict(a=1), category="output", name="ordered"))
    print(run.save_object({"set": {1}}, category="output", name="pickled", allow_pickle=True))
    print(run.save_object(b"bytes", category="output", name="bytes", allow_pickle=True))
    for wrong in ({"obj": {1, 2}, "category": "output", "name": "set"}, {"obj": 1, "category": "x", "name": "one"}):
        try:
            print(run.save_object(**wrong))
        except RuntimeError:
            print(wrong["name"], "refused")
