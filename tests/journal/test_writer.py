"""What the writer puts into a journal, byte for byte and call by call.

These tests need strace (Debian: strace); without it they fail and say so.
"""

import json
import re
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from simvue.errors import JournalEnded
from tests.journal import journals

OFFLINE = """
import sys
from simvue import Run
with Run(mode="offline", cache_directory=sys.argv[1]) as run:
    run.init("name", folder="/f", tags=["a"], metadata={"x": 1})
    for step in range(int(sys.argv[2])):
        run.log_metrics({"a": step / 7, "b": float("nan")})
    run.log_event("over")
"""


def traced(log: Path, *options: str) -> tuple[str, ...]:
    return ("strace", "-f", "-qq", "-o", str(log), *options)


@pytest.mark.requirement(
    "FRM-001", "FRM-002", "FRM-009", "FRM-020", "FRM-030", "FRM-031", "SEQ-001", "SEQ-002", "SEQ-004"
)
@pytest.mark.requirement(
    "JRN-022", "JRN-010", "JRN-011", "JRN-012", "JRN-013", "JRN-015", "JRN-016", "JRN-017", "JRN-018", "JRN-019"
)
@pytest.mark.requirement("FRM-005", "FRM-006", "FRM-034", "REC-001", "REC-005")
def test_a_run_leaves_a_journal_that_both_readers_find_faultless(tmp_path):
    result = journals.run(OFFLINE, tmp_path / "cache", 5)

    assert (result.returncode, result.stderr) == (0, "")
    kinds = [record["kind"] for record in journals.whole(journals.only(tmp_path / "cache"))]
    assert kinds == ["header", "run", *["metrics"] * 5, "event", "status", "end"]


@pytest.mark.requirement("JRN-001", "JRN-002")
def test_journal_and_cache_are_the_users_alone_and_named_for_readers(tmp_path):
    journals.run(OFFLINE, tmp_path / "cache", 1)

    path = journals.only(tmp_path / "cache")
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl", path.name)
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent, tmp_path / "cache")]
    assert modes == [0o600, 0o700, 0o700]


@pytest.mark.requirement("JRN-001")
@pytest.mark.parametrize("key", [".", "..", ".hidden", "x" * 64, "-"])
def test_every_run_key_makes_a_name_that_readers_look_at(tmp_path, key):
    writer = journals.writer(tmp_path, run=key)

    writer.append("event", {"message": "here"})
    writer.end("completed")

    path = journals.only(tmp_path)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl", path.name)
    assert journals.whole(path)[0]["run"] == key


@pytest.mark.requirement("WRT-001", "WRT-002", "JRN-030", "JRN-031")
def test_each_record_is_one_write_to_a_descriptor_that_only_appends(tmp_path):
    log = tmp_path / "strace"

    journals.run(
        OFFLINE, tmp_path / "cache", 20, prefix=traced(log, "-e", "trace=openat,write,pwrite64,writev,lseek,ftruncate")
    )

    path = journals.only(tmp_path / "cache")
    opened = [line for line in log.read_text().splitlines() if path.name in line]
    assert len(opened) == 1
    assert {"O_RDWR", "O_CREAT", "O_EXCL", "O_APPEND", "O_CLOEXEC"} <= set(re.split(r"[|, ]+", opened[0]))
    descriptor = opened[0].rpartition(" = ")[2]
    calls = re.findall(rf"(\w+)\({descriptor}[,)].* = (\d+)", log.read_text().partition(path.name)[2])
    sizes = [len(line) + 1 for line in path.read_bytes().splitlines()]
    assert calls == [("write", str(size)) for size in sizes]


@pytest.mark.requirement("WRT-003", "WRT-004")
def test_a_record_is_in_the_file_when_the_call_returns(tmp_path):
    writer = journals.writer(tmp_path)

    for step in range(10):
        writer.append_metrics({"a": 0.5}, step)
        assert json.loads(journals.only(tmp_path).read_bytes().splitlines()[-1])["step"] == step


@pytest.mark.requirement("WRT-033", "REC-002", "REC-003")
def test_the_times_of_records_ascend_strictly(tmp_path):
    writer = journals.writer(tmp_path)
    for _ in range(3000):
        writer.append_metrics({"a": 0.5})
    writer.end("completed")

    times = [record["at"] for record in journals.whole(journals.only(tmp_path))]

    assert all(earlier < later for earlier, later in pairwise(times))


@pytest.mark.requirement("WRT-033")
def test_equal_times_given_by_the_caller_are_told_apart(tmp_path):
    writer = journals.writer(tmp_path)
    for _ in range(5):
        writer.append_metrics({"a": 0.5}, moment=1_000_000_000_000_000)
    writer.end("completed")

    times = [record["at"] for record in journals.whole(journals.only(tmp_path)) if record["kind"] == "metrics"]

    assert times == [f"2001-09-09T01:46:40.00000{number}Z" for number in range(5)]


@pytest.mark.requirement("JRN-040", "REC-125", "REC-126", "REC-127", "REC-128")
def test_the_end_counts_what_precedes_it_and_nothing_follows(tmp_path):
    writer = journals.writer(tmp_path)
    writer.append("event", {"message": "here"})

    writer.end("failed", "why")
    writer.end("completed")
    with pytest.raises(JournalEnded):
        writer.append("event", {"message": "too late"})
    with pytest.raises(JournalEnded):
        writer.append_metrics({"a": 1.0})

    end = journals.whole(journals.only(tmp_path))[-1]
    assert {name: end[name] for name in ("kind", "status", "records", "reason")} == {
        "kind": "end",
        "status": "failed",
        "records": 2,
        "reason": "why",
    }


@pytest.mark.requirement("JRN-040")
def test_a_writer_that_recorded_nothing_leaves_nothing(tmp_path):
    journals.writer(tmp_path).end("completed")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("WRT-041", "FRM-010")
def test_what_no_line_can_hold_is_split_or_refused(tmp_path):
    cache = tmp_path / "cache"
    code = """
    import sys
    from simvue import Run, SimvueRunError
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.init("big", metadata={f"k{n}": "v" * 1000 for n in range(1500)})
        run.log_metrics({f"metric {n} {'x' * 200}": n / 7 for n in range(9000)})
        run.log_event("line of text\\n" * 120_000)
        run.update_metadata({f"k{n}": "v" * 1000 for n in range(3000)})
        try:
            run.update_metadata({"one": "v" * 2_000_000})
        except SimvueRunError as error:
            print(error)
    """

    result = journals.run(code, cache)

    found = journals.whole(journals.only(cache))
    assert "save it as a file" in result.stdout
    metrics = [record for record in found if record["kind"] == "metrics"]
    assert sum(len(record["values"]) for record in metrics) == 9000
    assert len({(record["step"], record["time"]) for record in metrics}) == 1
    message = "".join(record["message"] for record in found if record["kind"] == "event")
    assert message == "line of text\n" * 120_000
    metadata = [name for record in found if record["kind"] == "metadata" for name in record["values"]]
    assert sum(name.startswith("k") for name in metadata) == 4500


@pytest.mark.requirement("JRN-004")
def test_a_journal_holds_neither_address_nor_token(tmp_path):
    code = """
    import sys
    from simvue import Run
    server = {"server_token": "SECRET", "server_url": "https://secret.example"}
    with Run(mode="offline", cache_directory=sys.argv[1], **server) as run:
        run.init("name")
    """

    result = journals.run(code, tmp_path, SIMVUE_TOKEN="SECRET", SIMVUE_URL="https://secret.example")

    assert result.returncode == 0
    assert b"secret" not in journals.only(tmp_path).read_bytes().lower()


@pytest.mark.requirement("REC-034", "REC-035", "REC-032", "REC-033")
def test_step_and_time_are_written_so_that_a_lost_record_shifts_none(tmp_path):
    writer = journals.writer(tmp_path)
    for _ in range(3):
        writer.append_metrics({"a": 1.0})
    writer.append_metrics({"a": 1.0}, step=70, seconds=-2.5)
    writer.append_metrics({"a": 1.0})
    writer.end("completed")

    found = [record for record in journals.whole(journals.only(tmp_path)) if record["kind"] == "metrics"]

    assert [record["step"] for record in found] == [0, 1, 2, 70, 4]
    assert found[3]["time"] == -2.5
    assert 0 <= found[0]["time"] <= found[1]["time"] < 60
