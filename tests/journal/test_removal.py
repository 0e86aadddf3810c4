"""A journal that somebody removed is written again: nobody waits for it, and a failure is not repeated all the time."""

import os
import shutil
import threading

import pytest

from tests.journal import journals

PATIENCE = 60.0


@pytest.mark.requirement("WRT-003", "WRT-014")
@pytest.mark.parametrize("is_last", [False, True])
def test_nobody_who_records_waits_until_it_is_durable(tmp_path, monkeypatch, is_last):
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})
    path = journals.only(tmp_path)
    path.unlink()
    begun, may_go_on, sync = threading.Event(), threading.Event(), os.fsync

    def slow(descriptor):
        begun.set()
        assert may_go_on.wait(PATIENCE)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    keeper = threading.Thread(target=writer.tend)
    keeper.start()
    assert begun.wait(PATIENCE)
    program = threading.Thread(target=writer.append_metrics, args=({"a": 2.0},))
    program.start()
    program.join(PATIENCE / 4)
    has_waited = program.is_alive()
    if is_last:  # the end is faster: it writes the journal again itself
        monkeypatch.setattr(os, "fsync", sync)
        writer.end("completed")
    may_go_on.set()
    keeper.join(PATIENCE)
    writer.end("completed")

    assert not has_waited
    assert [record["kind"] for record in journals.whole(path)] == ["header", "metrics", "metrics", "end"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.requirement("WRT-014")
def test_a_copy_that_found_no_room_is_not_tried_again_at_once(tmp_path, monkeypatch):
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})
    path = journals.only(tmp_path)
    path.unlink()
    tries, sync = [], os.fsync

    def full(descriptor):
        tries.append(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(5):
        writer.append_metrics({"a": 1.0})
        writer.tend()
    monkeypatch.setattr(os, "fsync", sync)
    assert list(path.parent.iterdir()) == []
    writer.end("completed")

    assert len(tries) == 1
    assert len(journals.whole(path)) == 8


@pytest.mark.requirement("JRN-003", "WRT-014")
@pytest.mark.parametrize("knows", [True, False])
def test_what_a_sender_has_forgotten_is_not_given_to_it_again(tmp_path, caplog, knows):
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})
    path = journals.only(tmp_path)
    state = tmp_path / "sender" / "state"
    state.mkdir(parents=True)
    writer.tend()
    if knows:  # the journal alone is removed
        path.unlink()
    else:
        shutil.rmtree(tmp_path)
        state.mkdir(parents=True)  # the next pass begins anew
    writer.append_metrics({"a": 2.0})
    writer.tend()
    writer.append_metrics({"a": 3.0})
    writer.end("completed")

    kept = path if knows else path.with_name(f"{path.name}.removed")
    assert list(path.parent.iterdir()) == [kept]
    assert [record["kind"] for record in journals.whole(kept)] == ["header", *["metrics"] * 3, "end"]
    (said,) = caplog.messages
    assert ("written again as ….removed" in said) is not knows


@pytest.mark.requirement("WRT-014", "JRN-030")
@pytest.mark.parametrize("removed", ["journal", "cache"])
def test_offline_a_journal_that_is_removed_is_written_again_whole(tmp_path, removed):
    code = f"""
    import shutil, sys, time
    from pathlib import Path
    import simvue.journal.writer as writing
    writing._TICK = 0.2
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.config(disable_resources_metrics=True)
    run.init("name")
    (journal,) = Path(sys.argv[1], "journals").glob("*.jsonl")
    for part in range(3):
        for number in range(100):
            run.log_metrics({{"a": part + number / 7}})
        shutil.rmtree(sys.argv[1]) if {removed == "cache"} else journal.unlink()
        limit = time.monotonic() + 60
        while part < 2 and not journal.exists():
            assert time.monotonic() < limit
            time.sleep(0.05)
    run.close()
    """

    result = journals.run(code, tmp_path / "cache")

    assert result.returncode == 0, result.stderr
    found = journals.whole(journals.only(tmp_path / "cache"))
    assert [record["kind"] for record in found] == ["header", "run", *["metrics"] * 300, "status", "end"]
    (said,) = result.stderr.splitlines()
    assert "was removed while the run records in it; it was written again, with all that it held" in said


@pytest.mark.requirement("WRT-014")
def test_what_has_taken_the_name_of_a_journal_is_left_alone(tmp_path):
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})
    path = journals.only(tmp_path)
    path.unlink()
    path.write_text("somebody's own")

    writer.end("completed")

    assert path.read_text() == "somebody's own"


@pytest.mark.requirement("WRT-014")
def test_a_journal_that_is_moved_away_is_written_where_it_is_and_that_is_said_once(tmp_path, caplog):
    writer = journals.writer(tmp_path / "cache")
    writer.append_metrics({"a": 1.0})
    writer.tend()
    assert caplog.messages == []
    (tmp_path / "cache").rename(tmp_path / "old")
    for _ in range(3):
        writer.append_metrics({"a": 2.0})
        writer.tend()
    writer.end("completed")

    assert [record["kind"] for record in journals.whole(journals.only(tmp_path / "old"))][1:] == ["metrics"] * 4 + [
        "end"
    ]
    (said,) = caplog.messages
    assert "was moved away" in said
    assert not (tmp_path / "cache").exists()
