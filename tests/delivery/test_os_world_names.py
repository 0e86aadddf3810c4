"""A name is taken by one process, and has its whole content from the first moment, whatever dies or fills up."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH116, PTH208

import errno
import os
import resource
import signal
import stat

import pytest

from simvue.delivery.os_world import OsWorld
from simvue.delivery.world import is_temporary
from tests.delivery.forks import FORK, run_to_the_end


def refuse_links(_old, _new):
    raise OSError(errno.EPERM, "Operation not permitted")


def link_and_lose_the_answer(old, new):
    os.link(old, new)
    raise FileExistsError(errno.EEXIST, "File exists", new)


def link_and_die(old, new):
    os.link(old, new)
    os.kill(os.getpid(), signal.SIGKILL)


def die(_old, _new):
    os.kill(os.getpid(), signal.SIGKILL)


LINKS = pytest.mark.parametrize("link", [os.link, refuse_links], ids=["with links", "without links"])


def claim_every_round(folder, me, barrier, link, won):
    world = OsWorld(link=link)
    for number in range(100):
        barrier.wait(30)
        if world.create(f"{folder}/{number:08d}", f"claimed by {me}".encode()):
            won.put((number, me))
    won.close()
    won.join_thread()


@LINKS
def test_of_eight_processes_that_create_one_name_exactly_one_succeeds_in_every_round(tmp_path, link):
    barrier, won = FORK.Barrier(8), FORK.Queue()
    arguments = [(str(tmp_path), me, barrier, link, won) for me in range(8)]
    processes = [FORK.Process(target=claim_every_round, args=each) for each in arguments]

    for process in processes:
        process.start()
    winners = sorted(won.get(timeout=60) for _ in range(100))
    codes = [process.join(60) or process.exitcode for process in processes]

    assert codes == [0] * 8
    assert won.empty()
    assert [number for number, _ in winners] == list(range(100))
    contents = [(tmp_path / f"{number:08d}").read_text() for number, _ in winners]
    assert contents == [f"claimed by {me}" for _, me in winners]
    assert len(os.listdir(tmp_path)) == 100


@LINKS
def test_a_created_file_has_its_content_and_is_private(tmp_path, link):
    path = tmp_path / "a"

    created = OsWorld(link=link).create(str(path), b"content")

    assert created
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_nlink == 1
    assert os.listdir(tmp_path) == ["a"]


@LINKS
def test_a_name_that_is_taken_keeps_its_content(tmp_path, link):
    path = tmp_path / "a"
    path.write_bytes(b"first")

    created = OsWorld(link=link).create(str(path), b"second")

    assert not created
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a"]


@LINKS
def test_a_name_taken_by_a_dangling_link_is_taken(tmp_path, link):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")

    assert not OsWorld(link=link).create(str(tmp_path / "a"), b"content")
    assert not (tmp_path / "nowhere").exists()


def test_a_link_whose_answer_was_lost_counts_as_made(tmp_path):
    world = OsWorld(link=link_and_lose_the_answer)

    assert world.create(str(tmp_path / "a"), b"content")
    assert world.read(str(tmp_path / "a")) == b"content"


def test_a_filesystem_that_makes_symbolic_links_instead_still_gives_a_plain_file(tmp_path):
    world = OsWorld(link=os.symlink)

    assert world.create(str(tmp_path / "a"), b"content")
    assert world.read(str(tmp_path / "a")) == b"content"
    assert not world.create(str(tmp_path / "a"), b"other")
    assert os.listdir(tmp_path) == ["a"]


def test_an_error_of_linking_that_means_nothing_else_is_reported(tmp_path):
    def fail(_old, _new):
        raise OSError(errno.ESTALE, "Stale file handle")

    with pytest.raises(OSError, match="Stale"):
        OsWorld(link=fail).create(str(tmp_path / "a"), b"content")

    assert os.listdir(tmp_path) == []


def test_a_process_that_dies_before_the_name_exists_leaves_the_name_free(tmp_path, world):
    path = str(tmp_path / "a")

    codes = run_to_the_end(FORK.Process(target=OsWorld(link=die).create, args=(path, b"dead")))

    assert codes == [-signal.SIGKILL]
    assert all(is_temporary(name) for name in world.listdir(str(tmp_path)))
    assert world.create(path, b"content")
    assert world.read(path) == b"content"


def test_a_process_that_dies_once_the_name_exists_leaves_a_whole_file_that_can_be_read(tmp_path, world):
    path = str(tmp_path / "a")

    codes = run_to_the_end(FORK.Process(target=OsWorld(link=link_and_die).create, args=(path, b"content")))

    assert codes == [-signal.SIGKILL]
    assert os.stat(path).st_nlink == 2
    assert world.read(path) == b"content"
    assert not world.create(path, b"other")


def write_with_little_room(write, path, limit, outcome):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        write(path, b"x" * 100)
    except OSError as error:
        outcome.put(str(error))
    else:
        outcome.put("")


@pytest.mark.parametrize("member", ["append", "create", "replace"])
def test_a_short_write_is_an_error_that_names_the_path(tmp_path, member):
    outcome = FORK.Queue()
    world = OsWorld(link=refuse_links)
    arguments = (getattr(world, member), str(tmp_path / "a"), 60, outcome)

    run_to_the_end(FORK.Process(target=write_with_little_room, args=arguments))

    text = outcome.get(timeout=10)
    assert "only 60 of 100 bytes" in text
    assert str(tmp_path) in text


@pytest.mark.parametrize("member", ["create", "replace"])
def test_a_whole_file_that_does_not_fit_leaves_nothing_behind(tmp_path, member):
    outcome = FORK.Queue()
    arguments = (getattr(OsWorld(), member), str(tmp_path / "a"), 60, outcome)

    run_to_the_end(FORK.Process(target=write_with_little_room, args=arguments))

    assert outcome.get(timeout=10) != ""
    assert os.listdir(tmp_path) == []
