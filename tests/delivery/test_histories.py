"""Any history of writing, passes, deaths, faults and power losses ends with each record on the server once.

Two writers of one run append in pieces of any size; in the end both journals end and passes go on until the cache is
empty. What the server then holds is counted against what was written.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.delivery.scenes import (
    Record,
    ask,
    events_of,
    finish,
    grow,
    inject,
    journal,
    letters_of,
    lines,
    make_server,
    one_pass,
    put,
    receipts,
    run_ids,
    series_of,
)
from tests.delivery.simulation import Death, SimDisk

WRITERS = {"first-writer": "a.jsonl", "second-writer": "b.jsonl"}
RECORDS = st.one_of(
    st.sampled_from([1.0, 2.0, float("inf")]).map(
        lambda value: {"kind": "metrics", "values": {"r": "Infinity" if value > 9 else value}}
    ),
    # The same record again and again, at the same time: each counts.
    st.just({"kind": "metrics", "values": {"r": 1.0}, "at": "2026-03-01T08:00:00Z"}),
    st.just({"kind": "event", "message": "x"}),
    st.just({"kind": "metrics", "values": {"bad!": 1.0}}),
    st.integers(0, 3).map(lambda value: {"kind": "metadata", "values": {"a": {str(value): value}}}),
    st.just({"kind": "tags", "add": ["t"]}),
)
FAULTS = st.sampled_from(
    [
        {"drop": "after"},
        {"drop": "before"},
        {"apply_then_status": 500},
        {"status": 503},
        {"status": 429},
        {"raw_body": True},
    ]
)
HALVES = st.just({"half": True})
PLACES = st.sampled_from(["", "^/api/metrics$", "^/api/events$", "^/api/runs", "POST"])


class History(RuleBasedStateMachine):
    """What happens to a cache, in any order."""

    keyed = True

    @initialize()
    def begin(self) -> None:
        self.disk = SimDisk()
        self.server = make_server(self.disk, keyed=self.keyed)
        self.written: dict[str, list[Record]] = {}
        self.torn: dict[str, bytes] = {}
        for name, file in WRITERS.items():
            self.written[name] = [{"kind": "run"}] if name == "first-writer" else []
            self.torn[name] = b""
            put(self.disk, file, journal(name, *self.written[name]))

    @rule(
        name=st.sampled_from(sorted(WRITERS)), records=st.lists(RECORDS, min_size=1, max_size=6), cut=st.integers(0, 80)
    )
    def write(self, name: str, records: list[Record], cut: int) -> None:
        """Append records; the last bytes become visible with the next write."""
        data = self.torn[name] + lines(name, *records, first=len(self.written[name]) + 1)
        self.written[name] += records
        seen = data[: len(data) - cut]
        self.torn[name] = data[len(seen) :]
        grow(self.disk, WRITERS[name], seen)

    @rule(pause=st.sampled_from([1.0, 60.0, 700.0]))
    def run_a_pass(self, pause: float) -> None:
        one_pass(self.disk, self.server, pause=pause)

    @rule(effect=st.integers(0, 60), when=st.sampled_from(["before", "inside", "after"]), power=st.booleans())
    def kill_a_pass(self, effect: int, when: str, *, power: bool) -> None:
        journals = {path: data for path, data in self.disk.files.items() if "/journals/" in path}
        for path, data in journals.items():  # the journals lie on another node, which keeps its power
            self.disk.write(path, data, durable=True)
        one_pass(self.disk, self.server, Death(effect, when, power))

    @rule(fault=FAULTS, place=PLACES, times=st.integers(1, 3))
    def misbehave(self, fault: Record, place: str, times: int) -> None:
        method = {"method": "POST"} if place == "POST" else {}
        inject(self.server, {"path": "" if place == "POST" else place, "times": times, **method, **fault})

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        self.server.request("DELETE", "/faults")
        for name, file in WRITERS.items():
            last = self.torn[name] + lines(
                name, {"kind": "end", "status": "completed"}, first=len(self.written[name]) + 1
            )
            grow(self.disk, file, last)
        finish(self.disk, self.server, most=40)
        self.check()
        self.server.close()

    def check(self) -> None:
        run = run_ids(self.server)["heat"]
        written = [record for records in self.written.values() for record in records]
        bad = sum("bad!" in record.get("values", {}) for record in written)
        held = Counter(str(value) for _, value in series_of(self.server, run).get("r", []))
        sent = Counter(
            str(
                float(
                    record["values"]["r"].replace("Infinity", "inf")
                    if isinstance(record["values"]["r"], str)
                    else record["values"]["r"]
                )
            )
            for record in written
            if "r" in record.get("values", {}) and record["kind"] == "metrics"
        )
        assert held == sent
        assert len(events_of(self.server, run)) == sum(record["kind"] == "event" for record in written)
        assert len({(letter["journal"], letter["offset"]) for letter in letters_of(self.disk)}) == bad
        assert ask(self.server, f"/runs/{run}")["status"] == "completed"
        for receipt in receipts(self.disk).values():
            assert sum(receipt["bytes"].values()) == receipt["size"]


class ReconciledHistory(History):
    """The same with a server that knows no keys, and that can apply a half."""

    keyed = False

    @rule(place=st.sampled_from(["^/api/metrics$", "^/api/events$"]))
    def apply_a_half(self, place: str) -> None:
        inject(self.server, {"path": place, "method": "POST", "half": True})


SETTINGS = settings(
    max_examples=40, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)

TestKeyed = pytest.mark.requirement("DLV-011", "DLV-021", "DLV-022")(History.TestCase)
TestKeyed.settings = SETTINGS
TestReconciled = pytest.mark.requirement("DLV-023", "DLV-024", "DLV-025")(ReconciledHistory.TestCase)
TestReconciled.settings = SETTINGS
