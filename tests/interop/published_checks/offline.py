"""A run without a server, and the sender of the package, which delivers it afterwards."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from common import fresh

import simvue
from simvue.api.objects import Run as RunObject


def check_an_offline_run_is_delivered_afterwards() -> None:
    name, path = fresh("offline"), Path(fresh("offline") + ".txt")
    path.write_text("offline content")
    run = simvue.Run(mode="offline")
    run.config(disable_resources_metrics=True)
    run.init(name=name, folder=f"/offline/{name}", tags=[name], metadata={"a": 1}, no_color=True)
    run.create_metric_threshold_alert(name=name, metric="x", threshold=1, rule="is above", window=100)
    run.create_event_alert(name=f"{name}-event", pattern="offline event")
    for step in range(3):
        run.log_metrics({"x": step}, step=step)
    run.log_metrics({"field": np.ones((2, 2))})
    run.log_event("an offline event")
    run.save_file(path, category="input")
    run.save_object([1, 2], category="output", name="document")
    run.close()

    subprocess.run([Path(sys.executable).with_name("simvue-sender")], check=True, timeout=60)

    client = simvue.Client()
    identifier = client.get_run_id_from_name(name)
    found = RunObject(identifier)
    assert (found.status, list(found.tags), found.metadata["a"]) == ("completed", [name], 1)
    assert len(client.get_metric_values(["x"], "step", run_ids=[identifier])["x"]) == 3
    assert [event["message"] for event in client.get_events(identifier)] == ["an offline event"]
    assert {artifact.name for _, artifact in client.list_artifacts(identifier)} == {path.name, "document"}
    assert client.get_artifact(identifier, "document") == [1, 2]
    assert "field" in set(client.get_metrics_names(identifier))
    assert set(client.get_alerts(run_id=identifier, critical_only=False)) == {name, f"{name}-event"}
    # The average of 0, 1 and 2 is not above 1; the text was found.
    assert client.get_alerts(run_id=identifier) == [f"{name}-event"]
