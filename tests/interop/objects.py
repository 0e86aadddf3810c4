"""Save objects with one client and read them with the other: this package and the published one, both ways.

Run it with the Python of an environment that holds this package with the extra `server`, numpy, pandas, plotly,
matplotlib and, if tensors are to be tried, torch; `--published` names the Python of one that holds the published
client 2.6.2 and the same libraries:

    python tests/interop/objects.py --published /path/to/published/bin/python

It ends with 1 if an object came back as another, or could not be read.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simvue_conformance.server.process import ServerProcess, running_server

_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.bm8gb25lIGxvb2tz"

# Executed by both Pythons, so it says only what both packages know.
_PROGRAM = """
import json, sys
from collections import OrderedDict
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy, pandas, plotly.graph_objects
import simvue
action, mode, name, with_torch = sys.argv[1:]
torch = __import__("torch") if with_torch == "yes" else None
axes = plt.subplots()[1]
axes.plot([1, 2, 3], [1, 4, 9])
objects = {
    "array": numpy.arange(6.0).reshape(2, 3),
    "fortran": numpy.asfortranarray(numpy.ones((2, 3), dtype=">f4")),
    "texts": numpy.array(["a", "\\u00e4"]),
    "table": pandas.DataFrame({"a": [1.5, 2.0], "b": ["x", "y, z"]}, index=["r", "s"]),
    "plotly": plotly.graph_objects.Figure(plotly.graph_objects.Scatter(x=[1, 2], y=[3, 4])),
    "matplotlib": plt.gcf(),
    "facts": {"a": [1, None, True, 1.5], "b": "h\\u00e9"},
    "list": [1, [2]],
    "number": 2.5,
    "text": "h\\u00e9",
    "set": {1, 2},
    "bytes": b"abc",
}
if torch is not None:
    objects["tensor"] = torch.ones(2, 3)
    objects["state"] = OrderedDict(a=torch.ones(2), b=torch.zeros(1))

def same(found, wanted):
    if isinstance(wanted, numpy.ndarray):
        return (found.dtype, found.tolist()) == (wanted.dtype, wanted.tolist())
    if isinstance(wanted, pandas.DataFrame):
        return found.equals(wanted)
    if isinstance(wanted, matplotlib.figure.Figure):
        return isinstance(found, plotly.graph_objects.Figure) and list(found.data[0].y) == [1, 4, 9]
    if torch is not None and isinstance(wanted, torch.Tensor):
        return torch.equal(found, wanted)
    if isinstance(wanted, OrderedDict):
        return list(found) == list(wanted) and all(torch.equal(found[key], wanted[key]) for key in wanted)
    return type(found) is type(wanted) and found == wanted

if action == "save":
    with simvue.Run(mode=mode) as run:
        run.init(name)
        for label, value in objects.items():
            run.save_object(value, category="output", name=label, allow_pickle=True)
else:
    client = simvue.Client()
    run_id = client.get_run_id_from_name(name)
    verdicts = {}
    for label, wanted in objects.items():
        try:
            found = client.get_artifact(run_id, label, allow_pickle=True)
            verdicts[label] = "same" if same(found, wanted) else f"differs: {found!r:.200}"
        except Exception as error:
            verdicts[label] = f"{type(error).__name__}: {error}"
    print("verdicts", json.dumps(verdicts))
"""


def main() -> None:
    """Save and read both ways; print a line for each object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--published", metavar="PYTHON", required=True, type=os.path.abspath, help="the Python of the published client"
    )
    published = parser.parse_args().published
    tensors = "yes" if all(_has_torch(python) for python in (sys.executable, published)) else "no"
    with tempfile.TemporaryDirectory() as place, running_server("--ephemeral", "--token", _TOKEN) as server:
        _run(sys.executable, place, server, "save", "offline", "ours", tensors)
        _command([str(Path(sys.executable).parent / "simvue_sender")], place, server)
        _run(published, place, server, "save", "online", "theirs", tensors)
        ways = {
            "saved here, read there": _read(published, place, server, "ours", tensors),
            "saved there, read here": _read(sys.executable, place, server, "theirs", tensors),
            "saved here, read here": _read(sys.executable, place, server, "ours", tensors),
        }
    for way, verdicts in ways.items():
        for label, verdict in verdicts.items():
            print(f"{way}: {label}: {verdict}")
    if any(verdict != "same" for verdicts in ways.values() for verdict in verdicts.values()):
        sys.exit(1)


def _has_torch(python: str) -> bool:
    return subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0


def _read(python: str, place: str, server: ServerProcess, name: str, tensors: str) -> dict[str, str]:
    output = _run(python, place, server, "load", "online", name, tensors)
    line = next(line for line in output.splitlines() if line.startswith("verdicts "))
    verdicts: dict[str, str] = json.loads(line.removeprefix("verdicts "))
    return verdicts


def _run(python: str, place: str, server: ServerProcess, *arguments: str) -> str:
    return _command([python, "-c", _PROGRAM, *arguments], place, server)


def _command(command: list[str], place: str, server: ServerProcess) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIMVUE_", "PYTHONPATH"))}
    cache = Path(place) / "cache"
    cache.mkdir(exist_ok=True)
    known = {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": _TOKEN, "SIMVUE_OFFLINE_DIRECTORY": str(cache)}
    environment = {**kept, **known, "HOME": place}
    result = subprocess.run(
        command, env=environment, cwd=place, capture_output=True, text=True, timeout=300, check=False
    )
    if result.returncode:
        sys.exit(f"{command[0]} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    main()
