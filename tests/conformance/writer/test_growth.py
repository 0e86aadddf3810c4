"""What has been seen of a journal has to stay."""

import pytest

from simvue_conformance.writer.growth import Growth


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
