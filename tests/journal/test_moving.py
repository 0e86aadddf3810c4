"""A journal that goes on in another place: what waits goes along, and what was dropped is counted there."""

import pytest

from simvue.journal.refuge import Entrance
from tests.journal import journals


class Elsewhere:
    """A place that is ready at once, and takes nothing along."""

    def __init__(self, directory):
        self.directory = directory

    def prepare(self, _failure):
        return True

    def enter(self, _journal, _end):
        return Entrance(str(self.directory / "journals"), {"server_id": "x" * 22}, is_taken=False)

    def settle(self, *, has_moved):
        assert has_moved


@pytest.mark.requirement("WRT-016", "WRT-017", "SEQ-002", "REC-121")
def test_what_was_dropped_before_is_counted_where_the_run_goes_on(tmp_path):
    blocked, elsewhere = tmp_path / "blocked", tmp_path / "elsewhere"
    blocked.write_text("a file is in the way")
    writer = journals.writer(blocked, memory=1024)
    writer.refuge = Elsewhere(elsewhere)
    writer.append("event", {"message": "kept"})
    for number in range(50):
        writer.append_metrics({"a": 1.0}, number)

    writer.end("completed")

    found = journals.records(journals.only(elsewhere).read_bytes())
    kept = [record["step"] for record in found if record["kind"] == "metrics"]
    assert [record["kind"] for record in found[:3]] == ["header", "run", "event"]
    assert kept == list(range(50 - len(kept), 50))
    (lost,) = [record for record in found if record["kind"] == "lost"]
    assert lost["count"] == 50 - len(kept)
    numbers = [record["seq"] for record in found]
    assert set(range(numbers[-1])) - set(numbers) == set(range(lost["first_seq"], lost["last_seq"] + 1))
    assert found[-1]["records"] == len(found) - 1
