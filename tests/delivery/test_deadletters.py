"""Dead letters: kept with their bytes, once each, in their last state."""

import base64
from dataclasses import replace

import orjson
import pytest

from simvue.delivery.deadletters import DeadLetter, keep, letters
from simvue.delivery.layout import Layout
from simvue.errors import StateUnwritable
from tests.delivery.simulation import SimDisk, SimWorld

LAYOUT = Layout("/cache")
LETTER = DeadLetter(
    journal="some-journal",
    run="heat",
    offset=100,
    length=11,
    line=3,
    requirement="FRM-001",
    reason="oops is no value",
    raw=b'{"kind":\xff}',
    by="reader",
    index=7,
)
PATH = "/cache/sender/dead/some-journal.jsonl"


@pytest.mark.requirement("DLV-040")
def test_a_dead_letter_comes_back_as_it_was_kept() -> None:
    world = SimWorld(SimDisk(), None)

    keep(world, LAYOUT, [LETTER, replace(LETTER, offset=5)])

    assert letters(world, LAYOUT, "some-journal") == [replace(LETTER, offset=5), LETTER]


@pytest.mark.requirement("DLV-040")
def test_of_a_long_one_the_first_mebibyte_is_kept_with_the_hash_of_all() -> None:
    world = SimWorld(SimDisk(), None)
    long = replace(LETTER, raw=b"x" * (1024 * 1024 + 1))

    keep(world, LAYOUT, [long])

    row = orjson.loads(world.read(PATH))
    assert len(base64.b64decode(row["raw"])) == 1024 * 1024
    assert row["sha256"] != DeadLetter(**{**_members(long), "raw": long.raw[:-1]}).to_json("")["sha256"]


def _members(letter: DeadLetter) -> dict[str, object]:
    return {name: getattr(letter, name) for name in DeadLetter.__slots__}


def test_one_that_is_kept_twice_counts_once_in_its_last_state() -> None:
    world = SimWorld(SimDisk(), None)

    keep(world, LAYOUT, [LETTER])
    keep(world, LAYOUT, [replace(LETTER, state="dropped")])

    assert [letter.state for letter in letters(world, LAYOUT, "some-journal")] == ["dropped"]


def test_a_line_that_was_left_unfinished_spoils_no_other() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    keep(world, LAYOUT, [LETTER])
    disk.files[PATH] += b'{"journal":"some-journal","off'

    keep(world, LAYOUT, [replace(LETTER, offset=200)])

    assert [letter.offset for letter in letters(world, LAYOUT, "some-journal")] == [100, 200]


def test_a_letter_of_another_version_can_be_read() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    row = LETTER.to_json("now") | {"a member of the future": 1}
    del row["index"]
    disk.write(PATH, orjson.dumps(row) + b"\n", durable=True)

    assert letters(world, LAYOUT, "some-journal") == [replace(LETTER, index=0)]


def test_a_journal_without_dead_letters_has_none() -> None:
    assert letters(SimWorld(SimDisk(), None), LAYOUT, "some-journal") == []
    keep(SimWorld(SimDisk(), None), LAYOUT, [])


@pytest.mark.requirement("DLV-005")
@pytest.mark.parametrize("effect", ["append", "sync /", "sync directory"])
def test_letters_that_cannot_be_kept_stop_the_sender(effect: str) -> None:
    world = SimWorld(SimDisk(), None)
    world.errors[effect] = OSError(28, "No space left on device")

    with pytest.raises(StateUnwritable, match="No space left"):
        keep(world, LAYOUT, [LETTER])
