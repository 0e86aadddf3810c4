"""Several logs, and patterns of names, that are renamed and come late."""

import os

import pytest

from simvue.follow.found import Values
from simvue.follow.rules import Rules
from simvue.follow.streams import Streams

RULES = Rules.of(metrics=[r"r=^r (\S+)"], prefix="{file}/")


@pytest.fixture
def seen():
    return []


def reader(streams, seen):
    def read(**options):
        def take(found, prefix, path):
            seen.extend((prefix, one.values["r"]) for one in found if isinstance(one, Values))

        streams.read(take, **options)
        taken = seen[:]
        seen.clear()
        return taken

    return read


def write(path, text):
    with path.open("a") as stream:
        stream.write(text)


def test_a_pattern_stands_for_files_that_come_later(tmp_path, seen):
    read = reader(Streams(RULES, [str(tmp_path / "rank*.log")]), seen)
    write(tmp_path / "rank0.log", "r 1\n")
    assert read() == [("rank0/", 1.0)]

    write(tmp_path / "rank1.log", "r 2\n")
    write(tmp_path / "rank0.log", "r 3\nr 4")
    assert read() == [("rank0/", 3.0), ("rank1/", 2.0)]

    assert read(final=True) == [("rank0/", 4.0)]


def test_a_rotated_file_that_matches_the_pattern_is_read_once(tmp_path, seen):
    streams = Streams(RULES, [str(tmp_path / "log*")])
    read = reader(streams, seen)
    log = tmp_path / "log"
    write(log, "r 1\n")
    assert read() == [("log/", 1.0)]

    log.rename(tmp_path / "log.1")
    write(tmp_path / "log.1", "r 2\n")
    write(log, "r 3\n")

    assert [value for _, value in read()] == [2.0, 3.0]
    write(log, "r 4\n")
    assert [value for _, value in read()] == [4.0]
    assert streams.tally.restarts == 1
    streams.close()


def test_a_file_named_twice_is_read_once(tmp_path, seen):
    log = tmp_path / "a.log"
    write(log, "r 1\n")

    assert reader(Streams(RULES, [str(log), str(log), str(tmp_path / "*.log")]), seen)() == [("a/", 1.0)]


def test_a_name_with_signs_of_a_pattern_is_a_name_if_there_is_such_a_file(tmp_path, seen):
    log = tmp_path / "a[1].log"
    write(log, "r 1\n")

    assert reader(Streams(RULES, [str(log)]), seen)() == [("a[1]/", 1.0)]


def test_from_the_end_skips_what_is_there(tmp_path, seen):
    write(tmp_path / "a.log", "r 1\n")
    write(tmp_path / "b.log", "r 1\n")
    read = reader(Streams(RULES, [str(tmp_path / "a.log"), str(tmp_path / "b*")], from_end=True), seen)
    write(tmp_path / "a.log", "r 2\n")
    write(tmp_path / "b.log", "r 3\n")
    write(tmp_path / "b2.log", "r 4\n")

    assert [value for _, value in read()] == [2.0, 3.0, 4.0]


def test_what_never_was_there_is_said(tmp_path, seen):
    missing, pattern = str(tmp_path / "missing"), str(tmp_path / "x*")
    streams = Streams(RULES, [missing, pattern, str(tmp_path)])

    reader(streams, seen)(final=True)
    streams.close()

    assert streams.tally.problems == [
        f"{tmp_path}: Is a directory",
        f"{missing}: there never was such a file",
        f"{pattern}: there never was such a file",
    ]


def test_a_log_that_grows_for_ever_does_not_keep_the_others_waiting(tmp_path, seen):
    write(tmp_path / "a.log", "r 1\n" + "x" * 999 + "\n")
    os.truncate(tmp_path / "a.log", 64 << 20)
    write(tmp_path / "b.log", "r 2\n")
    streams = Streams(RULES, [str(tmp_path / "a.log"), str(tmp_path / "b.log")])

    found = reader(streams, seen)(final=True, is_live=True)

    assert [value for _, value in found] == [1.0, 2.0]
    assert streams.tally.bytes < 9 << 20
    streams.close()
