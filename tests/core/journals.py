"""Journals for tests: bytes made by hand, and Hypothesis strategies for records and damage."""

from typing import Any

import orjson
from hypothesis import strategies as st

from simvue.core.framing import seal
from simvue.core.reading import START, Entry, Finding, ReaderState, Reading, read
from simvue.journal.schemas import checker

AT = "2026-03-01T09:00:01Z"


def header(*, numbered: bool = False, sealed: bool = False, **members: Any) -> bytes:
    record = {
        "kind": "header",
        **({"seq": 0} if numbered else {}),
        "at": "2026-03-01T09:00:00Z",
        "format": "simvue-journal",
        "version": "1.0",
        "journal": "journal-1",
        "run": "run-1",
        "writer": {},
        **({"crc": "crc32"} if sealed else {}),
        **members,
    }
    return orjson.dumps(record) + b"\n"


def line(kind: str, *, sealed: bool = False, **members: Any) -> bytes:
    raw = orjson.dumps({"kind": kind, "at": AT, **members})
    return (seal(raw[:-1]) if sealed else raw) + b"\n"


def events(numbers: Any, *, sealed: bool = False) -> list[bytes]:
    return [line("event", seq=number, message=f"m{number}", sealed=sealed) for number in numbers]


def read_whole(journal: bytes, *, dead: bool = True, keep_accepted: bool = True) -> Reading:
    return read(START, journal, checker(), dead=dead, final=True, keep_accepted=keep_accepted)


def read_in_pieces(journal: bytes, cuts: list[int], *, dead: bool = True, stored: bool = False) -> Reading:
    """Read as a caller does that gets the bytes bit by bit; with `stored`, the state goes through JSON."""
    state: ReaderState = START
    entries: list[Entry] = []
    findings: list[Finding] = []
    ends = sorted({min(cut, len(journal)) for cut in cuts} | {len(journal)})
    for end in ends:
        reading = read(state, journal[state.offset : end], checker(), dead=dead, final=end == len(journal))
        state = reading.state
        if stored:
            state = ReaderState.from_json(orjson.loads(orjson.dumps(state.to_json())))
        entries += reading.entries
        findings += reading.findings
    return Reading(entries, findings, state)


def requirements(reading: Reading) -> list[str]:
    return [finding.requirement for finding in reading.findings]


def verdicts(reading: Reading) -> list[str]:
    return [entry.verdict.value for entry in reading.entries]


def accepted(reading: Reading) -> list[bytes]:
    return [entry.raw for entry in reading.entries if entry.verdict == "accepted"]


names = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=12)
numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.just("NaN"), st.booleans()
)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
bodies = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("metrics"), "values": st.dictionaries(names, numbers, max_size=4)},
        optional={"step": st.integers(-1, 10), "time": st.floats(-1, 1)},
    ),
    st.fixed_dictionaries({"kind": st.just("event"), "message": texts}, optional={"log_level": st.just("info")}),
    st.fixed_dictionaries({"kind": st.sampled_from(["x-mine", "profile", "run", "heartbeat", "end"])}),
)
"""Members of records, valid and not, without their envelope."""


@st.composite
def journals(draw: st.DrawFn) -> bytes:
    """A journal with damage: broken lines, blanks, holes, gaps, replays, checksums, and a torn tail."""
    numbered, sealed = draw(st.booleans()), draw(st.booleans())
    parts = [header(numbered=numbered, sealed=sealed)]
    number = 0
    for body in draw(st.lists(bodies, max_size=8)):
        damage = draw(st.sampled_from(["", "", "", "gap", "again", "blank", "cut", "nul", "cr", "header", "flip"]))
        number += 2 if damage == "gap" else 1
        members = {**body, **({"seq": number} if numbered else {})}
        whole = line(members.pop("kind"), sealed=sealed, **members)
        parts.append(_damaged(whole, damage, draw(st.integers(0, 200))))
    return b"".join(parts)[: draw(st.integers(0, 2000))]


def _damaged(whole: bytes, damage: str, place: int) -> bytes:
    place %= len(whole)
    match damage:
        case "again":
            return whole + b"\n" + whole
        case "blank":
            return b" \r\n" + whole
        case "cut":
            return whole[:place] + b"\n"
        case "nul":
            return whole[:place] + bytes(9) + whole[place:]
        case "cr":
            return whole[:-1] + b"\r\n"
        case "header":
            return header(run="another") + whole
        case "flip":
            return whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
    return whole
