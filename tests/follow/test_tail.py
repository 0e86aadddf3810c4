"""Files that are written, renamed, truncated and lost while they are read, and pipes."""

import os
import subprocess
import threading

import pytest

from simvue.follow.tail import PIECE, RESTART, FileTail, PipeTail


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log(tmp_path):
    return tmp_path / "solver.log"


@pytest.fixture
def clock():
    return Hand()


@pytest.fixture
def tail(log, clock):
    tail = FileTail(str(log), clock=clock)
    yield tail
    tail.close()


def everything(tail, **options):
    """Return all that is there now, a mark for each restart."""
    found = []
    while (data := tail.read(**options)) is not None:
        found.append("RESTART" if data is RESTART else data)
    return found


def append(log, data):
    with log.open("ab") as stream:
        stream.write(data)


def test_a_file_may_come_later_and_grow(log, tail):
    assert everything(tail) == []
    append(log, b"one\ntw")
    assert everything(tail) == [b"one\ntw"]
    assert everything(tail) == []
    append(log, b"o\n")
    assert everything(tail) == [b"o\n"]
    assert (tail.problem, tail.was_there) == (None, True)


def test_a_large_file_comes_in_pieces(log, tail):
    append(log, b"x" * (3 * PIECE + 5))

    assert [len(piece) for piece in everything(tail)] == [PIECE, PIECE, PIECE, 5]


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(log, tail):
    writer = log.open("ab", buffering=0)
    writer.write(b"old 1\n")
    assert everything(tail) == [b"old 1\n"]

    log.rename(log.with_suffix(".1"))
    writer.write(b"old 2\n")
    assert everything(tail) == [b"old 2\n"]
    log.touch()
    writer.write(b"old 3\n")
    assert everything(tail) == [b"old 3\n"]
    append(log, b"new 1\n")
    writer.write(b"old 4\n")

    assert everything(tail) == [b"old 4\n", "RESTART", b"new 1\n"]
    writer.close()


def test_what_is_written_into_the_old_file_while_the_new_one_is_found_is_not_lost(log, tail, monkeypatch):
    writer = log.open("ab", buffering=0)
    writer.write(b"old 1\n")
    everything(tail)
    log.rename(log.with_suffix(".1"))
    append(log, b"new 1\n")
    look = os.stat

    def stat(path):
        monkeypatch.undo()
        writer.write(b"old 2\n")
        return look(path)

    monkeypatch.setattr(os, "stat", stat)

    assert everything(tail) == [b"old 2\n", "RESTART", b"new 1\n"]
    writer.close()


def test_a_file_that_is_replaced_by_rename_is_read(log, tail):
    append(log, b"first\n")
    everything(tail)
    append(log.with_suffix(".new"), b"other\n")

    log.with_suffix(".new").rename(log)

    assert everything(tail) == ["RESTART", b"other\n"]


def test_a_removed_file_that_comes_again_is_read(log, tail):
    append(log, b"first\n")
    everything(tail)

    log.unlink()
    assert everything(tail) == []
    append(log, b"second\n")

    assert everything(tail) == ["RESTART", b"second\n"]


def test_a_truncated_file_is_read_again(log, tail):
    append(log, b"0123456789\n")
    everything(tail)

    os.truncate(log, 0)
    append(log, b"new\n")

    assert everything(tail) == ["RESTART", b"new\n"]


def test_a_file_that_was_truncated_and_has_outgrown_its_old_size_is_noticed(log, tail):
    append(log, b"0123456789\n")
    everything(tail)

    os.truncate(log, 0)
    append(log, b"another and longer content\n")

    assert everything(tail) == ["RESTART", b"another and longer content\n"]


def test_a_file_that_is_written_anew_with_its_old_size_is_noticed(log, tail):
    append(log, b"step 1\n")
    everything(tail)
    before = log.stat().st_mtime_ns

    log.write_bytes(b"step 2\n")
    os.utime(log, ns=(before + 1, before + 1))

    assert everything(tail) == ["RESTART", b"step 2\n"]


def test_a_file_that_is_only_touched_is_not_read_again(log, tail):
    append(log, b"step 1\n")
    everything(tail)

    os.utime(log, ns=(1, 1))

    assert everything(tail) == []


def test_nuls_wait_for_the_content_that_a_shared_filesystem_shows_later(log, tail):
    append(log, b"one\n\0\0\0\0\0")
    assert everything(tail) == [b"one\n"]
    with log.open("r+b") as stream:
        stream.seek(4)
        stream.write(b"two\n!")

    assert everything(tail) == [b"two\n!"]


def test_nuls_that_stay_are_passed_over_in_the_end(log, tail, clock):
    append(log, b"one\n" + b"\0" * 300_000 + b"two\n")
    assert everything(tail) == [b"one\n"]

    clock.now += 11

    assert b"".join(everything(tail)).replace(b"\0", b"") == b"two\n"


def test_a_hole_that_is_filled_after_all_is_no_other_content(log, tail, clock):
    append(log, b"one\n" + b"\0" * 4 + b"two\n")
    everything(tail)
    clock.now += 11
    everything(tail)

    with log.open("r+b") as stream:
        stream.seek(4)
        stream.write(b"1.5\n")
    append(log, b"end\n")

    assert everything(tail) == [b"end\n"]


def test_nuls_at_the_very_end_are_not_waited_for(log, tail):
    append(log, b"one\n\0\0two\n")

    assert b"".join(everything(tail, final=True)).replace(b"\0", b"") == b"one\ntwo\n"


def test_a_file_truncated_under_a_program_that_writes_on_at_its_old_place_is_read_once(log, tail, clock):
    writer = log.open("wb", buffering=0)
    writer.write(b"0123456789\n")
    everything(tail)
    os.truncate(log, 0)
    writer.write(b"next\n")

    assert everything(tail) == ["RESTART"]
    clock.now += 11

    assert b"".join(everything(tail)).replace(b"\0", b"") == b"next\n"
    writer.close()


def test_from_the_end_begins_with_the_line_that_is_being_written(log):
    append(log, b"old\nhal")
    tail = FileTail(str(log), from_end=True)
    append(log, b"f\nnew\n")

    assert everything(tail) == [b"half\nnew\n"]
    tail.close()


def test_a_file_that_comes_later_is_read_whole_also_from_the_end(log):
    tail = FileTail(str(log), from_end=True)
    append(log, b"new\n")

    assert everything(tail) == [b"new\n"]
    tail.close()


def test_what_cannot_be_read_is_a_problem_and_no_error(tmp_path):
    tail = FileTail(str(tmp_path))

    assert everything(tail) == []
    assert tail.problem == "Is a directory"


def test_a_file_behind_a_loop_of_links_is_a_problem_that_can_go_away(log, tail):
    log.symlink_to(log)
    assert everything(tail) == []
    assert tail.problem == "Too many levels of symbolic links"

    log.unlink()
    append(log, b"one\n")

    assert everything(tail) == [b"one\n"]
    assert tail.problem is None


def test_a_named_pipe_is_followed_by_one_writer_after_the_other(log, tail):
    os.mkfifo(log)
    assert everything(tail) == []
    for word in ("one", "two"):
        subprocess.run(["sh", "-c", f"echo {word} > {log} & wait"], timeout=10, check=True)
        assert everything(tail) == [f"{word}\n".encode()]


def test_a_pipe_is_passed_on_and_has_an_end():
    reading, writing = os.pipe()
    kept, onward = os.pipe()
    tail = PipeTail("stdout", reading, onward)

    assert everything(tail) == []
    os.write(writing, b"one")
    assert (everything(tail), tail.is_mid_line, tail.is_over) == ([b"one"], True, False)
    os.close(writing)
    assert (everything(tail), tail.is_over) == ([], True)
    assert os.read(kept, 100) == b"one"
    tail.close()
    os.close(onward)
    os.close(kept)


def test_a_pipe_is_read_though_nobody_takes_what_is_passed_on():
    reading, writing = os.pipe()
    kept, onward = os.pipe()
    os.close(kept)
    tail = PipeTail("stdout", reading, onward)

    os.write(writing, b"one")
    assert everything(tail) == [b"one"]
    os.write(writing, b"two")
    assert everything(tail) == [b"two"]

    tail.close()
    os.close(writing)
    os.close(onward)


def test_a_slow_reader_of_what_is_passed_on_loses_nothing():
    reading, writing = os.pipe()
    kept, onward = os.pipe()
    os.set_blocking(onward, False)
    tail = PipeTail("stdout", reading, onward)
    size, got = 1 << 20, []

    def write():
        os.write(writing, b"x" * size)
        os.close(writing)

    def take():
        while sum(map(len, got)) < size:
            got.append(os.read(kept, 4096))

    threads = [threading.Thread(target=write), threading.Thread(target=take)]
    for thread in threads:
        thread.start()
    while not tail.is_over:
        tail.wait(0.1)
        everything(tail)
    for thread in threads:
        thread.join(10)

    assert sum(map(len, got)) == size
    for descriptor in (kept, onward):
        os.close(descriptor)
    tail.close()
