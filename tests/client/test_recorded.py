"""What a run records where there is no network, and the sender delivers, is what the client reads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SENDER = Path(sys.executable).with_name("simvue_sender")
PROGRAM = """
import math
import numpy as np
import pandas as pd
from simvue import Run

with Run(mode="offline") as run:
    run.init("recorded", folder="/recorded", tags=["recorded"], metadata={"alpha": 0.5})
    for step in range(20):
        run.log_metrics({"residual": 1 / (step + 1)}, step=step, time=step / 10)
    run.log_metrics({"residual": math.nan}, step=20)
    run.log_metrics({"field": np.ones((2, 3))})
    run.log_event("converged")
    run.save_object(np.arange(6.0).reshape(2, 3), category="output", name="arrays/field")
    run.save_object(pd.DataFrame({"a": [1, 2]}), category="output", name="table")
    run.save_object({"alpha": 0.5}, category="input", name="settings")
    run.create_user_alert("diverged")
    run.log_alert(name="diverged", state="critical")
"""


@pytest.fixture(scope="module")
def recorded(site, tmp_path_factory):
    """The name of a run that was recorded by one process and delivered by another."""
    home = tmp_path_factory.mktemp("recorded")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    offline = {**kept, "HOME": str(home), "SIMVUE_OFFLINE_DIRECTORY": str(home / "cache")}
    subprocess.run([sys.executable, "-c", PROGRAM], env=offline, cwd=home, check=True)
    online = {**offline, "SIMVUE_URL": site.server.url, "SIMVUE_TOKEN": site.server.token}
    subprocess.run([SENDER], env=online, cwd=home, check=True)
    return "recorded"


def test_metrics_and_events_are_those_that_were_logged(client, recorded):
    run = client.get_run_id_from_name(recorded)

    values = client.get_metric_values(["residual"], "step", run_ids=[run])["residual"]
    times = client.get_metric_values(["residual"], "time", run_ids=[run])["residual"]

    assert [values[step, run] for step in range(20)] == [1 / (step + 1) for step in range(20)]
    assert np.isnan(values[20, run])
    assert times[1.9, run] == 1 / 20
    assert {"residual", "field"} <= set(client.get_metrics_names(run))
    assert [event["message"] for event in client.get_events(run)] == ["converged"]


def test_objects_come_back_as_they_were_saved(client, recorded, tmp_path):
    run = client.get_run_id_from_name(recorded)

    assert (client.get_artifact(run, "arrays/field") == np.arange(6.0).reshape(2, 3)).all()
    pd.testing.assert_frame_equal(client.get_artifact(run, "table"), pd.DataFrame({"a": [1, 2]}))
    assert client.get_artifact(run, "settings") == {"alpha": 0.5}
    client.get_artifacts_as_files(run, "output", tmp_path)
    assert (np.load(tmp_path / "arrays/field") == np.arange(6.0).reshape(2, 3)).all()


def test_the_run_is_found_by_what_it_says_about_itself(client, recorded):
    ((identifier, run),) = client.get_runs(["folder.path == /recorded", "metadata.alpha == 0.5", "status == completed"])

    assert (run.name, run.tags, run.status) == (recorded, ["recorded"], "completed")
    assert client.get_alerts(run_id=identifier) == ["diverged"]


def test_a_pickle_is_bytes_unless_it_is_trusted(client, site):
    run = site.run("pickled")
    content = b"\x80\x04]\x94K\x01a."  # the list [1]
    site.artifact(run, "pickle", content)
    site.artifact(run, "null", b"null", "application/json")

    assert client.get_artifact(run, "pickle") == content
    assert client.get_artifact(run, "pickle", allow_pickle=True) == [1]
    assert client.get_artifact(run, "null") is None
