"""Programs with `Run()`, each in a process of its own, and what a real server then holds."""

import json
import subprocess
from pathlib import Path
from typing import Any

from simvue_conformance.server.process import ServerProcess
from tests.journal import journals

SCRIPT = """
import sys, os, threading, time
from simvue import Run
{before}
run = Run()
run.init("name", folder="/online")
print(run.id, flush=True)
"""


def variables(server: ServerProcess, home: Path) -> dict[str, str]:
    """Return what a user has in the environment who is configured for this server."""
    home.mkdir(exist_ok=True)
    return {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": server.token, "HOME": str(home)}


def get(server: ServerProcess, path: str) -> Any:
    """Return what the server answers."""
    status, _, body = server.request("GET", f"/api{path}", server.authorization)
    assert status == 200, body
    return json.loads(body)


def put(server: ServerProcess, path: str, content: object = None) -> None:
    """Ask the server to change something."""
    headers = {**server.authorization, "content-type": "application/json"}
    status, _, body = server.request("PUT", f"/api{path}", headers, json.dumps(content or {}).encode())
    assert status == 200, body


def runs(server: ServerProcess, folder: str) -> list[dict[str, Any]]:
    """Return the runs of a folder."""
    filters = json.dumps([f"folder.path == {folder}"]).replace('"', "%22")
    return get(server, f"/runs?filters={filters}&count=100&start=0")["data"]


def events(server: ServerProcess, run: str) -> list[str]:
    """Return the messages of a run's events."""
    return [event["message"] for event in get(server, f"/events?run={run}&start=0&count=0&filters=")["data"]]


def send(home: Path, server: ServerProcess, **more: str) -> subprocess.CompletedProcess[str]:
    """Run simvue_sender once, with `more` in its environment."""
    code = "from simvue_sender.entry import main; main()"
    paths = ":".join(str(journals.ROOT / folder) for folder in (".", "spec", "sender"))
    return journals.run(code, **variables(server, home), PYTHONPATH=paths, **more)
