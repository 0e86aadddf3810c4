"""Run: its methods, and the records that come of them."""

import datetime as dt
import threading
import time
from pathlib import Path

import pytest

from simvue import Run, SimvueRunError
from tests.journal import journals


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    """No configuration file and no variable of the developer's own is found."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name in ("SIMVUE_OFFLINE_DIRECTORY", "SIMVUE_SERVER_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SIMVUE_DISABLE_ENVIRONMENT_METRICS", "SIMVUE_DISABLE_GIT_METRICS"):
        monkeypatch.setenv(name, "1")


@pytest.fixture
def run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


def members(record: journals.Record) -> journals.Record:
    return {name: value for name, value in record.items() if name not in ("seq", "at", "crc", "system")}


def recorded(run: Run, tmp_path: Path) -> list[journals.Record]:
    """End the run and return what it recorded between its first record and its last two."""
    run.close()
    return [members(record) for record in journals.whole(journals.only(tmp_path / "cache"))[2:-2]]


@pytest.mark.requirement("REC-010", "REC-012", "REC-013", "REC-014", "REC-015", "REC-016", "REC-017")
@pytest.mark.requirement("REC-018", "REC-019", "REC-020", "REC-021")
def test_init_describes_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVER_ORDER", "2")
    run = Run(mode="offline", cache_directory=tmp_path / "cache")

    run.init(
        "heat 2d",
        metadata={"nx": 128},
        tags=["heat", "2d", "heat"],
        description="explicit scheme",
        folder="/heat",
        notification="error",
        retention_period="2 hours",
        timeout=None,
        visibility=["ada"],
        record_shell_vars=["SOLVER_*"],
    )
    run.close()

    record = journals.whole(journals.only(tmp_path / "cache"))[1]
    assert set(record["system"]) == {"cwd", "hostname", "pythonversion", "platform", "cpu", "gpu"}
    assert members(record) == {
        "kind": "run",
        "name": "heat 2d",
        "folder": "/heat",
        "description": "explicit scheme",
        "tags": ["heat", "2d"],
        "metadata": {"nx": 128, "shell": {"SOLVER_ORDER": "2"}},
        "status": "running",
        "notification": "error",
        "timeout": None,
        "retention": 7200,
        "visibility": ["ada"],
    }


def test_the_properties_tell_what_was_given(tmp_path):
    run = Run("offline", cache_directory=tmp_path, run_key="key")
    assert (run.id, run.name, run.status, run.mode) == ("key", None, "created", "offline")

    run.init("heat")
    assert (run.name, run.status) == ("heat", "running")

    run.close()
    assert run.status == "completed"


def test_every_run_has_a_key_of_its_own(tmp_path):
    keys = {Run(mode="offline", cache_directory=tmp_path).id for _ in range(10)}

    assert len(keys) == 10


@pytest.mark.requirement("REC-030", "REC-032", "REC-033", "WRT-030")
def test_metrics_are_recorded_with_step_time_and_timestamp(run, tmp_path):
    assert run.log_metrics({"a": 1.5, "b": float("nan")}) is True
    run.log_metrics({"a": 1}, 7, -0.5, "2026-03-01 09:00:00.25")
    run.log_metrics({"a": 2}, timestamp=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))

    found = recorded(run, tmp_path)

    assert found[0]["values"] == {"a": 1.5, "b": "NaN"}
    assert [record["step"] for record in found] == [0, 7, 2]
    assert found[1]["time"] == -0.5
    times = [record["at"] for record in journals.records(journals.only(tmp_path / "cache").read_bytes())[3:5]]
    assert times == ["2026-03-01T09:00:00.250000Z", "2026-03-01T00:00:00.000000Z"]


@pytest.mark.requirement("REC-040", "REC-041", "FRM-022", "FRM-023", "FRM-024")
def test_events_keep_their_text_and_level(run, tmp_path):
    run.log_event("first\nsecond\t\u2028")
    run.log_event("grave", log_level="critical")
    run.log_event("broken \udcff\0")

    assert recorded(run, tmp_path) == [
        {"kind": "event", "message": "first\nsecond\t\u2028"},
        {"kind": "event", "message": "grave", "log_level": "critical"},
        {"kind": "event", "message": "broken \ufffd\ufffd"},
    ]


@pytest.mark.requirement("REC-045", "REC-050", "REC-051", "REC-055", "REC-056")
def test_metadata_tags_and_folder_details_are_recorded(run, tmp_path):
    run.update_metadata({"mesh": {"cells": 16384, "quality": float("inf")}, "path": Path("/a")})
    run.update_tags(["converged"])
    run.set_tags([])
    run.set_folder_details(metadata={"project": "A17"}, tags=["pde"], description="all")

    assert recorded(run, tmp_path) == [
        {"kind": "metadata", "values": {"mesh": {"cells": 16384, "quality": "Infinity"}, "path": "/a"}},
        {"kind": "tags", "add": ["converged"]},
        {"kind": "tags", "set": []},
        {"kind": "folder", "path": "/", "metadata": {"project": "A17"}, "tags": ["pde"], "description": "all"},
    ]


@pytest.mark.requirement("REC-095", "REC-125")
@pytest.mark.parametrize("status", ["completed", "failed", "terminated"])
def test_a_status_that_was_set_is_the_one_the_run_ends_with(tmp_path, status):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")

    run.set_status(status)
    run.close()

    found = journals.whole(journals.only(tmp_path / "cache"))
    assert [(record["kind"], record.get("status")) for record in found[2:]] == [("status", status), ("end", status)]


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.log_metrics({"a": "x"}),
        lambda run: run.log_metrics({"a\n": 1.0}),
        lambda run: run.log_metrics({"a": 1.0}, step=-1),
        lambda run: run.log_metrics({"a": 1.0}, time=float("nan")),
        lambda run: run.log_metrics({"a": 1.0}, time="soon"),
        lambda run: run.log_metrics({"a": 1.0}, step="1.5"),
        lambda run: run.log_metrics({"a": 1.0}, timestamp="yesterday"),
        lambda run: run.log_event(5),
        lambda run: run.log_event("x", log_level="loud"),
        lambda run: run.update_metadata({"a": object()}),
        lambda run: run.update_tags("one"),
        lambda run: run.set_status("running"),
        lambda run: run.set_folder_details(description=5),
        lambda run: run.init("again"),
    ],
)
@pytest.mark.requirement("WRT-041")
def test_what_no_record_can_hold_raises_and_leaves_no_trace(run, tmp_path, call):
    with pytest.raises(SimvueRunError):
        call(run)

    assert recorded(run, tmp_path) == []


def test_suppressed_errors_are_logged_instead(run, tmp_path, caplog):
    run.config(suppress_errors=True)

    assert run.log_metrics({"a": "x"}) is False
    assert run.update_tags("one") is False

    assert [message[:13] for message in caplog.messages] == ["not recorded:", "not recorded:"]
    assert recorded(run, tmp_path) == []


@pytest.mark.parametrize(
    "arguments", [{"name": "naïve"}, {"folder": "x"}, {"timeout": 0}, {"retention_period": "soon"}]
)
def test_a_run_that_cannot_be_described_does_not_begin(tmp_path, arguments):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")

    with pytest.raises(SimvueRunError):
        run.init(**arguments)

    assert not (tmp_path / "cache").exists()
    assert run.init("name")
    run.close()


def test_nothing_can_be_recorded_before_init_nor_after_close(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path)

    with pytest.raises(SimvueRunError, match="init"):
        run.log_metrics({"a": 1.0})
    run.init("name")
    assert run.close()
    with pytest.raises(RuntimeError, match="close"):
        run.log_event("late")
    assert run.close()


def test_an_announced_run_takes_events_but_no_metrics(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("later", running=False)

    run.log_event("announced")
    with pytest.raises(SimvueRunError, match="announced"):
        run.log_metrics({"a": 1.0})
    run.close()

    found = journals.whole(journals.only(tmp_path / "cache"))
    assert found[1]["status"] == run.status == "created"
    assert [(record["kind"], record.get("status")) for record in found[2:]] == [("event", None), ("end", None)]


def test_an_unknown_mode_says_which_there_are():
    with pytest.raises(SimvueRunError, match="'online', 'offline' or 'disabled'"):
        Run(mode="remote")


def test_numbers_given_as_text_are_numbers(run, tmp_path):
    run.log_metrics({"a": "1.5e-3", "b": 2}, step="3", time="0.25")
    run.log_metrics({"a": 1}, step=4.0)

    found, whole = recorded(run, tmp_path)
    assert (found["values"], found["step"], found["time"]) == ({"a": 0.0015, "b": 2}, 3, 0.25)
    assert whole["step"] == 4


def test_no_metrics_are_no_record(run, tmp_path):
    assert run.log_metrics({}) is True

    assert recorded(run, tmp_path) == []


def test_after_the_retention_period_nothing_is_recorded(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name", retention_period="1 second")
    time.sleep(1.1)

    with pytest.raises(RuntimeError, match="retention period is over"):
        run.log_metrics({"a": 1.0})
    with pytest.raises(RuntimeError, match="retention period is over"):
        run.log_event("late")
    assert run.close()


def test_metadata_tells_the_environment_unless_it_is_switched_off(tmp_path, monkeypatch):
    with Run(mode="offline", cache_directory=tmp_path / "off") as run:
        run.init("name")
    monkeypatch.delenv("SIMVUE_DISABLE_ENVIRONMENT_METRICS")
    with Run(mode="offline", cache_directory=tmp_path / "on") as run:
        run.init("name")

    assert "metadata" not in journals.whole(journals.only(tmp_path / "off"))[1]
    assert "python" in journals.whole(journals.only(tmp_path / "on"))[1]["metadata"]


def test_the_duration_is_that_of_the_run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path)
    assert run.duration == 0.0
    run.init("name")
    time.sleep(0.05)
    assert 0.05 <= run.duration < 5
    run.close()
    assert run.duration == run.duration


def test_a_status_set_after_the_end_still_counts(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path, run_key="key")
    run.init("name")
    run.close()

    assert run.set_status("terminated")

    run.close()
    first, late = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert first[-1]["status"] == "completed"
    assert [(record["kind"], record.get("status")) for record in late[1:]] == [("status", "terminated"), ("end", None)]
    assert (late[0]["run"], run.status) == ("key", "terminated")
    with pytest.raises(SimvueRunError):
        run.set_status("running")
    run.close()


def test_what_may_still_be_said_of_a_run_that_has_ended_is_recorded(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path, run_key="key")
    run.init("name")
    run.close()

    run.update_metadata({"a": 1})
    run.update_tags(["late"])
    for call in (lambda: run.log_event("late"), lambda: run.log_metrics({"a": 1.0})):
        with pytest.raises(SimvueRunError):
            call()
    run.close()

    _, late = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert [record["kind"] for record in late] == ["header", "metadata", "tags", "end"]
    assert "status" not in late[-1]


def test_a_disabled_run_does_nothing_at_all(tmp_path):
    with Run(mode="disabled", cache_directory=tmp_path / "cache") as run:
        assert run.init("name")
        assert run.log_metrics({"a": 1.0})
        assert run.log_metrics({"a": object()})
        assert run.log_event("x")
        assert run.save_file("missing", "output")
        assert run.create_user_alert("x") is None
        assert run.config(suppress_errors=True)
        assert run.close()

    assert not (tmp_path / "cache").exists()


@pytest.mark.requirement("JRN-015", "JRN-016")
def test_ranks_share_a_run_that_rank_zero_describes(tmp_path):
    for rank in range(3):
        with Run(mode="offline", cache_directory=tmp_path, run_key="mpi-1", rank=rank) as run:
            run.init("heat")
            run.log_metrics({f"rank {rank}": 1.0})

    found = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert [records[0]["writer"]["rank"] for records in found] == [0, 1, 2]
    assert {records[0]["run"] for records in found} == {"mpi-1"}
    kinds = [[record["kind"] for record in records] for records in found]
    assert kinds == [["header", "run", "metrics", "status", "end"], *[["header", "metrics", "end"]] * 2]


@pytest.mark.parametrize("arguments", [{"rank": 1}, {"rank": -1, "run_key": "k"}, {"run_key": "a b"}, {"run_key": ""}])
def test_a_run_key_or_rank_that_cannot_join_anything_is_refused(tmp_path, arguments):
    with pytest.raises(SimvueRunError):
        Run(mode="offline", cache_directory=tmp_path, **arguments)


def test_the_cache_is_found_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMVUE_OFFLINE_DIRECTORY", str(tmp_path / "from environment"))

    with Run(mode="offline") as run:
        run.init("name")

    assert journals.only(tmp_path / "from environment")


def test_defaults_are_taken_from_the_configuration(tmp_path):
    (tmp_path / "simvue.toml").write_text(
        f'[offline]\ncache = "{tmp_path}/cache"\n[run]\nname = "configured"\nfolder = "/c"\ntags = ["c"]\n'
        'description = "d"\n[run.metadata]\nsystem = false\ncustom = {a = 1}\n'
    )

    with Run(mode="offline") as run:
        run.init(tags=["own"], metadata={"b": 2})

    record = journals.whole(journals.only(tmp_path / "cache"))[1]
    assert (record["name"], record["folder"], record["tags"]) == ("configured", "/c", ["own", "c"])
    assert record["metadata"] == {"b": 2, "a": 1}
    assert "system" not in record


def test_what_was_taken_from_a_thread_is_recorded_even_if_another_closes_the_run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    taken, refused = [0] * 8, []

    def work(number: int) -> None:
        while True:
            try:
                taken[number] += run.log_metrics({f"a{number}": 1.0})
            except SimvueRunError as error:
                refused.append(str(error))
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    run.close()
    for thread in threads:
        thread.join(10)

    records = journals.whole(journals.only(tmp_path / "cache"))
    assert sum(record["kind"] == "metrics" for record in records) == sum(taken)
    assert len(refused) == 8
    assert all("nothing after close" in text for text in refused)


def test_a_description_that_no_record_holds_is_refused_before_anything_is_recorded(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")

    with pytest.raises(SimvueRunError, match="save it as a file"):
        run.init("name", metadata={"large": "x" * 3_000_000, "small": 1})

    assert not (tmp_path / "cache" / "journals").exists()
    assert run.init("name", metadata={f"part {number}": "x" * 500_000 for number in range(6)})
    run.close()
    kinds = [record["kind"] for record in journals.whole(journals.only(tmp_path / "cache"))]
    assert kinds[:3] == ["header", "run", "metadata"]


def test_a_journal_that_somebody_removes_is_missed(tmp_path, run, caplog):
    journals.only(tmp_path / "cache").unlink()
    run.log_event("into the void")

    run.close()

    (said,) = caplog.messages
    assert "was removed while the run records in it" in said
