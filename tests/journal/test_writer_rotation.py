"""Journals that end because they are full or old, and those that continue them."""

from pathlib import Path

import pytest

from tests.journal import journals


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def rotated(tmp_path, count: int = 200, **limits):
    writer = journals.writer(tmp_path, **limits)
    for step in range(count):
        writer.append_metrics({"a": step / 7}, step)
    writer.end("completed")
    found = {}
    for path in journals.journals(tmp_path):
        records = journals.whole(path)
        found[records[0]["journal"]] = (path, records)
    return found


@pytest.mark.requirement("JRN-033", "JRN-034", "JRN-021", "JRN-035")
def test_each_full_journal_ends_and_the_next_names_it_with_size_and_last_number(tmp_path):
    found = rotated(tmp_path, size=8192)

    assert len(found) > 3
    first = [records for _, records in found.values() if "continues" not in records[0]]
    assert len(first) == 1
    for _, records in found.values():
        if "continues" in records[0]:
            path, before = found[records[0]["continues"]["journal"]]
            assert records[0]["continues"] == {
                "journal": before[0]["journal"],
                "bytes": path.stat().st_size,
                "seq": before[-1]["seq"],
            }
            assert (before[-1]["kind"], before[-1]["reason"]) == ("end", "rotate")


@pytest.mark.requirement("JRN-033")
def test_no_record_is_lost_between_journals(tmp_path):
    found = rotated(tmp_path, size=8192)

    steps = [record["step"] for _, records in found.values() for record in records if record["kind"] == "metrics"]
    assert sorted(steps) == list(range(200))
    assert all(path.stat().st_size < 8192 + 512 for path, _ in found.values())


@pytest.mark.requirement("JRN-033")
def test_rotation_leaves_no_descriptor_open(tmp_path):
    before = open_descriptors()

    rotated(tmp_path, size=2048)

    assert open_descriptors() == before


@pytest.mark.requirement("JRN-033")
def test_a_journal_that_is_old_is_continued(tmp_path):
    writer = journals.writer(tmp_path, age=0.0)
    writer.append_metrics({"a": 1.0})
    writer.tend()
    writer.append_metrics({"a": 2.0})
    writer.end("completed")

    assert [len(journals.whole(path)) for path in journals.journals(tmp_path)] == [3, 3]


@pytest.mark.requirement("JRN-033", "WRT-011")
def test_a_disk_that_is_full_at_the_rotation_loses_nothing(tmp_path):
    code = """
    import os, resource, sys
    from simvue.journal.writer import Limits, Place, Writer
    journals = sys.argv[1] + "/journals"
    writer = Writer(Place(directory=journals, run="run", facts=dict), Limits(size=2000))
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    step = 0
    while not os.path.isdir(journals) or os.path.getsize(os.path.join(journals, os.listdir(journals)[0])) < 2000:
        writer.append_metrics({"a": 0.5}, step)
        step += 1
    limit(40)
    for step in range(step, step + 5):
        writer.append_metrics({"a": 0.5}, step)
    limit(resource.RLIM_INFINITY)
    writer.end("completed")
    print(step)
    """

    result = journals.run(code, tmp_path)

    assert len(result.stderr.splitlines()) == 1
    first, second = [journals.accepted(path) for path in journals.journals(tmp_path)]
    steps = [record["step"] for record in [*first, *second] if record["kind"] == "metrics"]
    assert steps == list(range(int(result.stdout) + 1))
    assert (first[-1]["reason"], second[-1]["status"]) == ("rotate", "completed")
    assert second[0]["continues"] == {"journal": first[0]["journal"], "seq": first[-1]["seq"]}


@pytest.mark.requirement("REC-037")
def test_a_run_goes_on_into_the_next_journal_with_its_own_steps_and_times(tmp_path):
    writer = journals.writer(tmp_path, size=2000)
    for _ in range(40):
        writer.append_metrics({"a": 0.5})
    writer.end("completed")

    metrics = [
        record for path in journals.journals(tmp_path) for record in journals.whole(path) if record["kind"] == "metrics"
    ]
    metrics.sort(key=lambda record: record["at"])
    assert [record["step"] for record in metrics] == list(range(40))
    assert [record["time"] for record in metrics] == sorted(record["time"] for record in metrics)
