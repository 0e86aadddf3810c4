"""The report of every line. What it says of the vectors is tested in tests/conformance/reader."""

import io

import pytest

from simvue.journal.schemas import checker
from simvue.journal.validate import PIECE
from simvue.journal.verdicts import report_verdicts
from tests.core.journals import header, line


def report(content: bytes, *, live: bool = False) -> list[str]:
    lines: list[bytes] = []
    report_verdicts("a", io.BytesIO(content), checker(), lines.append, live=live)
    return [found.decode() for found in lines]


def test_a_journal_has_a_line_for_each_verdict_and_sum() -> None:
    whole, event, torn = header(), line("event", message="m"), b'{"kind'

    lines = report(whole + event + b"\n" + torn)

    first, second = len(whole), len(whole) + len(event)
    assert lines[:-1] == [
        "journal\ta",
        f"entry\taccepted\t0\t{first}\t-",
        f"entry\taccepted\t{first}\t{len(event)}\t-",
        f"entry\tseparator\t{second}\t1\t-",
        f"entry\ttorn\t{second + 1}\t6\t-",
        "finding\tFRM-002\t4\terror",
        f"total\taccepted\t{second}",
        "total\tseparators\t1",
        "total\ttorn\t6",
        "valid\tfalse",
    ]
    assert lines[-1].startswith('projection\t{"run":{}')


@pytest.mark.requirement("RDR-021", "RDR-022")
@pytest.mark.parametrize("tail", [b'{"kind', bytes(9)], ids=["torn", "zeros"])
def test_what_is_not_there_yet_is_one_pending_entry(tail: bytes) -> None:
    whole = header()

    lines = report(whole + tail + b"\n" * (tail[:1] == b"\0"), live=True)

    pending = len(tail) + (tail[:1] == b"\0")
    assert lines[2:-1] == [
        f"entry\tpending\t{len(whole)}\t{pending}\t-",
        f"total\taccepted\t{len(whole)}",
        f"total\tpending\t{pending}",
        "valid\ttrue",
    ]


@pytest.mark.requirement("RDR-004")
def test_a_journal_of_several_pieces_reads_like_a_small_one() -> None:
    event = line("event", message="x" * 1000)
    count = 3 * PIECE // len(event)

    lines = report(header() + event * count)

    assert [text for text in lines if text.startswith("entry")] == [
        f"entry\taccepted\t0\t{len(header())}\t-",
        *(f"entry\taccepted\t{len(header()) + number * len(event)}\t{len(event)}\t-" for number in range(count)),
    ]
