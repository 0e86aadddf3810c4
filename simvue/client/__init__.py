"""Client: ask a server what it knows of runs, and delete what is no longer wanted.

What it can be asked about stands in one module each; all of them build on `access`. Nothing is recorded here: that is
`simvue.Run`. Tests: tests/client/, and tests/interop/client.py beside the published client.
"""

from simvue.client.alerts import Alerts
from simvue.client.arguments import ArgumentError
from simvue.client.artifacts import Artifacts
from simvue.client.downloads import DownloadError
from simvue.client.events import Events
from simvue.client.folders import Folders
from simvue.client.metrics import Metrics
from simvue.client.plots import Plots
from simvue.client.runs import Runs
from simvue.client.tags import Tags

__all__ = ["ArgumentError", "Client", "DownloadError"]


class Client(Plots, Metrics, Events, Artifacts, Alerts, Folders, Tags, Runs):
    """Access to the runs of one server.

    ```python
    client = Client()
    for identifier, run in client.get_runs(["has tag.heat", "status == completed"]):
        print(run.name, client.get_metric_values(["residual"], "step", run_ids=[identifier]))
    ```

    Every method asks the server that the client was made for. They raise `ArgumentError`, which is a
    RuntimeError and a ValueError, for arguments that cannot be used; `ObjectNotFoundError` where something is
    named that is not there; and `ServerRefusalError`, a RuntimeError, for other refusals.
    """
