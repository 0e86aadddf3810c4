"""A reader's state as JSON."""

import orjson
import pytest

from simvue.core.reading import START, ReaderState, read
from simvue.journal.schemas import checker
from tests.core.journals import events, header, line, read_whole


def stored(state: ReaderState) -> ReaderState:
    return ReaderState.from_json(orjson.loads(orjson.dumps(state.to_json())))


def test_every_member_of_a_state_comes_back() -> None:
    journal = (
        header(numbered=True, cwd="/work", continues={"journal": "journal-0"})
        + b"".join(events((1, 2, 5)))
        + line("run", seq=6)
        + line("tensor", seq=7, metric="t", array=[1])
        + line("metrics", seq=8, values={"a": 1})
        + line("end", seq=9)
        + b"no record\n\n"
        + b"x" * (1 << 20)
    )
    state = read(START, journal, checker()).state

    assert state.overlong is not None
    assert stored(state) == state


def test_the_start_is_nearly_nothing_and_comes_back() -> None:
    assert len(orjson.dumps(START.to_json())) < 40
    assert stored(START) == START


@pytest.mark.requirement("RDR-005")
def test_a_state_stays_small() -> None:
    short = read_whole(header(numbered=True) + b"".join(events(range(1, 65)))).state
    long = read_whole(header(numbered=True) + b"".join(events(range(1, 2000)))).state

    assert len(orjson.dumps(long.to_json())) < 2048
    assert abs(len(orjson.dumps(long.to_json())) - len(orjson.dumps(short.to_json()))) < 30


@pytest.mark.parametrize("content", [{"offset": 1, "unknown": 2}, {"header": {}}, {"counts": {"nonsense": 1}}])
def test_what_is_no_state_is_refused(content: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        ReaderState.from_json(content)
