"""A script does the same online as offline with simvue_sender after it: real processes, real servers.

The scripts are those that tests/interop/parity.py holds against the published client.
"""

import tempfile
from pathlib import Path

import pytest

from simvue_conformance.server.process import running_server
from tests.parity.programs import SCRIPTS, Side, deliver, run_all, this_python
from tests.parity.state import differences, state

DIFFERS = {
    # Offline a file is read when the sender comes, unless it is saved with snapshot=True.
    "deleted_at_once": ["/runs/deleted at once/artifacts/gone.txt"],
}
EXITS = {"process_fails": 3, "raises": 1, "exits": 4, "interrupted": -2}


class Both:
    """All scripts, executed both ways."""

    def __init__(self, online: Side, offline: Side) -> None:
        self.sides = {"online": online, "offline": offline}
        self.outcomes = dict(zip(self.sides, run_all(list(self.sides.values()), SCRIPTS), strict=True))
        self.sent = deliver(offline)

    def state(self, mode: str, script: str):
        side = self.sides[mode]
        return state(side.server, script, str(side.place / "work" / script))


@pytest.fixture(scope="module")
def both():
    with (
        tempfile.TemporaryDirectory(prefix="parity-") as place,
        running_server("--ephemeral") as one,
        running_server("--ephemeral") as other,
    ):
        yield Both(
            this_python("online", one, Path(place, "online")), this_python("offline", other, Path(place, "offline"))
        )


@pytest.mark.requirement("PTH-002")
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_server_holds_the_same(both, script):
    online, offline = both.state("online", script), both.state("offline", script)

    found = list(differences(online, offline))
    assert [place for place, _, _ in found] == DIFFERS.get(script, []), found
    assert online["number of runs"] == (0 if script == "disabled" else len(online["runs"]))


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_script_sees_the_same(both, script):
    online, offline = both.outcomes["online"][script], both.outcomes["offline"][script]

    assert (online.code, online.printed) == (offline.code, offline.printed), offline.errors
    assert online.code == EXITS.get(script, 0), online.errors


def test_the_sender_has_delivered_everything(both):
    assert (both.sent.returncode, both.sent.stderr) == (0, "")


def test_nothing_of_a_run_is_overlooked(both):
    """Where two sides are compared, something is there to be compared."""
    found = {name: both.state("online", name) for name in SCRIPTS}
    run = {name: next(iter(of["runs"].values()), None) for name, of in found.items()}

    assert len(run["objects"]["artifacts"]) == 9
    assert all(artifact["bytes"] for artifact in run["objects"]["artifacts"].values())
    assert [point["array"] for point in run["tensors"]["tensors"]["field"]["points"]] == [
        [[step] * 2] * 3 for step in range(3)
    ]
    assert run["times"]["points"]["time"]["x"][-1] == [4000.0, 9.0]
    assert run["metrics"]["points"]["step"]["up"] == [[7, "inf"]]
    assert [event["log_level"] for event in run["events"]["events"]][1:4] == ["debug", "info", "warning"]
    assert {entry["alert"]["name"]: entry["status"]["current"] for entry in run["alerts"]["alerts"]}[
        "alerts user"
    ] == "critical"
    assert len(found["alerts"]["alerts"]) == 9
    assert found["folder"]["folders"]["/parity/folder/below"]["tags"] == ["one", "two"]
    assert found["describe"]["runs"]["describe: v1.0/a_b-c"]["ttl"] == 7200
    assert run["config"]["resources"] != []
    assert any(event["message"].endswith("ValueError: diverged\n") for event in run["raises"]["events"])


def test_a_difference_is_found_wherever_it_is():
    here = {"a": [1, {"b": 2}], "c": [1], "d": 3}
    there = {"a": [1, {"b": 5}], "c": [1, 2], "e": 3}

    assert [place for place, _, _ in differences(here, there)] == ["/a/1/b", "/c", "/d", "/e"]
