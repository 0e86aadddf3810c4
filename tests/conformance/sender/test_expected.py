"""What ought to be held follows from the journals alone."""

import hashlib

import pytest

from simvue_conformance.holdings import Artifact, Event, Grid
from simvue_conformance.sender.cache import Cache
from simvue_conformance.sender.expected import expected


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_journals_of_one_run_are_put_together(cache):
    one = cache.run("a", tags=["x"], metadata={"m": {"p": 1}}).metrics(0, 2)
    two = cache.journal("b", run="a").metrics(0, 3, "y").add("metadata", values={"m": {"q": 2}}).add("tags", add=["z"])

    held = expected([one.written, two.end().written])["a"]

    assert (held.name, held.folder, held.status, held.tags) == ("a", "/scene", "running", ("x", "z"))
    assert held.metadata == {"m": {"p": 1, "q": 2}}
    assert {name: each["step"].total() for name, each in held.metrics.items()} == {"x": 2, "y": 3}


def test_what_stands_only_in_one_kind_has_its_place(cache):
    content = cache.directory / "file"
    content.write_bytes(b"abc")
    journal = cache.run("a", notification="all", timeout=9)
    journal.add("event", message="m").add("alert", name="u", source="user").add("alert_state", name="u", state="ok")
    journal.add("alert", name="e", source="events", pattern="p")
    journal.add("artifact", name="f", category="code", path=str(content))
    journal.add("grid", name="g", labels=["x"], ticks=[[0, 1]], metrics=["t"])
    journal.add("tensor", metric="t", array=[1, "NaN"], step=2, time=1)
    journal.add("folder", path="/scene", retention=5).end()

    held = expected([journal.written])["a"]

    assert held.status == "completed"
    assert held.details == {"notifications": {"state": "all"}, "heartbeat_timeout": 9}
    assert held.events == {Event("2026-03-01T09:00:00.500000", "info", "m"): 1}
    assert (held.alerts["u"]["state"], held.alerts["e"]["alert"]) == ("ok", {"pattern": "p", "frequency": 1})
    digest = hashlib.sha256(b"abc").hexdigest()
    assert held.artifacts == {Artifact("f", "code", digest, "application/octet-stream", str(content)): 1}
    assert held.grids == {"t": Grid("g", ("x",), "[[0.0, 1.0]]")}
    assert held.tensors == {"t": {(2, 1.0, "2026-03-01T09:00:02.000000", "[1.0, nan]"): 1}}
    assert held.folder_details == {"ttl": 5}


def test_a_journal_without_a_header_is_of_no_run():
    assert expected([b"nothing\n"]) == {}
