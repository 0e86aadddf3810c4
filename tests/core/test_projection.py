"""The state of a run of several journals; that of one journal is what the vectors check."""

from typing import Any

import pytest

from simvue.core.projection import Projection
from tests.core.journals import header, line, read_whole


def fold(*journals: bytes) -> dict[str, Any]:
    projection = Projection()
    for journal in journals:
        reading = read_whole(journal)
        assert reading.state.header is not None
        projection.fold(reading.entries, reading.state.header)
    return projection.to_json()


@pytest.mark.requirement("RDR-043")
def test_a_rank_without_a_run_record_does_not_end_the_run() -> None:
    first = header(journal="journal-1") + line("run", status="running") + line("end", records=2)
    rank = header(journal="journal-2") + line("end", status="failed", records=1)

    assert fold(first, rank)["status"] == "running"
    assert fold(first, rank + line("run"))["status"] == "running"


@pytest.mark.requirement("RDR-041")
def test_the_journal_that_comes_later_updates_the_run() -> None:
    first = header(journal="journal-1") + line("run", name="one", tags=["a"], metadata={"m": {"x": 1}})
    second = (
        header(journal="journal-2") + line("run", name="two", metadata={"m": {"y": 2}}) + line("tags", add=["b", "a"])
    )

    state = fold(first, second)

    assert state["run"] == {"name": "two"}
    assert state["tags"] == ["a", "b"]
    assert state["metadata"] == {"m": {"x": 1, "y": 2}}


@pytest.mark.requirement("REC-034", "REC-035")
def test_default_steps_and_times_count_in_each_journal() -> None:
    first = header(journal="journal-1") + line("metrics", values={"a": 1}) + line("metrics", values={"a": 2})
    second = header(journal="journal-2") + line("metrics", values={"a": 3})

    assert [[step, time, value] for step, time, _, value in fold(first, second)["metrics"]["a"]] == [
        [0, 1.0, 1],
        [1, 1.0, 2],
        [0, 1.0, 3],
    ]
