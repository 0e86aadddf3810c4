"""What has been seen of a journal has to stay."""

import os

import pytest

from simvue_conformance.results import NotTestable
from simvue_conformance.writer.growth import LARGEST, Growth


@pytest.fixture
def journal(tmp_path):
    file = tmp_path / "journals" / "a.jsonl"
    file.parent.mkdir()
    file.write_bytes(b"one\ntwo\n")
    return file


@pytest.fixture
def growth(tmp_path, journal):
    growth = Growth(tmp_path)
    growth.look()
    return growth


def test_a_journal_that_grows_is_well(growth, journal):
    journal.write_bytes(b"one\ntwo\nthree\n")
    assert list(growth.failures()) == []


def test_a_journal_that_was_not_there_is_well(growth, journal):
    journal.with_name("b.jsonl").write_bytes(b"")
    assert list(growth.failures()) == []


@pytest.mark.parametrize(
    ("content", "offset"), [(b"one\n", 4), (b"one\nTwo\n", 4), (b"", 0)], ids=["shorter", "changed", "emptied"]
)
def test_a_journal_that_changes_has_failed_from_a_byte_on(growth, journal, content, offset):
    journal.write_bytes(content)
    (failure,) = growth.failures()
    assert failure.requirement == "WRT-001"
    assert f"from byte {offset} on" in failure.detail


def test_a_change_is_remembered_though_it_is_undone(growth, journal):
    whole = journal.read_bytes()
    journal.write_bytes(b"")
    growth.look()
    journal.write_bytes(whole)
    assert len(list(growth.failures())) == 1


def test_a_journal_that_is_gone_has_failed(growth, journal):
    journal.unlink()
    assert [failure.requirement for failure in growth.failures()] == ["WRT-001"]


def test_a_journal_that_was_replaced_by_a_longer_one_has_failed(growth, journal):
    other = journal.with_name(".new")
    other.write_bytes(journal.read_bytes() + b"three\n")
    other.rename(journal)
    assert [failure.requirement for failure in growth.failures()] == ["WRT-001"]


def test_what_cannot_be_read_as_a_file_is_left_alone(tmp_path, growth, journal):
    os.mkfifo(journal.with_name("fifo.jsonl"))
    journal.with_name("directory.jsonl").mkdir()
    journal.with_name("link.jsonl").symlink_to("/dev/zero")
    journal.with_name("nothing.jsonl").symlink_to(tmp_path / "nothing")
    assert list(growth.failures()) == []


def test_a_journal_without_end_is_not_read(growth, journal):
    with journal.with_name("b.jsonl").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(NotTestable, match="64 MiB"):
        growth.look()
