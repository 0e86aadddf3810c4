"""The scenarios `text`, `numbers` and `non-finite`: any bytes, any double, any locale.

Tests: tests/conformance/writer/.
"""

import json
import math
import random
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.results import Failure
from simvue_conformance.writer.journals import Journal
from simvue_conformance.writer.locales import decimal_comma
from simvue_conformance.writer.scenario import expect, single
from simvue_conformance.writer.session import Session

__all__ = ["non_finite", "numbers", "text"]

# More than a line holds, in characters that are not all as long when they are escaped as they are here.
LONG = ("0123456789" * 10 + "\x01\x02\x1b" * 20 + "\N{ROCKET}é" * 10) * 5_000
PIECE = re.compile(f"[{''.join(sorted(set(LONG)))}]+")
TEXTS = (
    b"",
    b"quotes \" and ' and `, a backslash \\ and \\u0041 and \\n, a slash /",
    b"tab\tline feed\ncarriage return\r\nbell\x07 escape\x1b[1m unit\x1f delete\x7f",
    "größer, 10 µm, Ångström, Σ, 日本語, 🚀 and e\u0301".encode(),
    "line\u2028paragraph\u2029next\u0085vertical\x0bform\x0cend".encode(),
    "\ufeffa mark, \uffff and \U0010ffff and \ufffd".encode(),
    b"$HOME ${PATH} `id` $(id) %s %d %n %% !! * ? [a] ~ # ; & | < > \\",
    b"  blanks around  \n\n",
    b'{"kind":"end","seq":1}\n{"kind":"header"}',
    b"latin: gr\xf6\xdfer \xb5m",
    b"overlong \xc0\x80 \xe0\x80\xaf, surrogates \xed\xa0\x80\xed\xb0\x80, too far \xf4\x90\x80\x80",
    b"cut \xe2\x82 here \xf0\x9f\x9a and at the end \xc3",
    b"a NUL \x00 in between \x00",
    "ä".encode() * 2500,
    bytes(range(1, 128)),
)
DRAWN = 19 - len(TEXTS)
NUMBERS = (
    *(0.0, -0.0, 1.0, 0.1, 1 / 3, -2 / 3, 1e22, 1e23, 9007199254740993.0, 123456789.123456789),
    *(5e-324, 2.2250738585072014e-308, 2.225073858507201e-308),
)
NUMERIC = re.compile(rb'"values"\s*:\s*\{[^}]*\}|"step"\s*:[^,}]*')
TIME = re.compile(rb'"time"\s*:[^"}]*')
LARGEST = (1.7976931348623157e308, -1.7976931348623157e308)  # with 15 digits they are out of range


def _drawn_text(drawn: random.Random) -> bytes:
    length = drawn.randrange(100, 4000)
    if drawn.random() < 0.5:
        return drawn.randbytes(length)
    ranges = ((0x20, 0x7E), (0xA0, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    return "".join(chr(drawn.randint(*drawn.choice(ranges))) for _ in range(length // 4)).encode()


def text(session: Session, directory: Path) -> Iterator[Failure]:
    """Twenty files become events; the last is longer than a line may be."""
    drawn = session.random("text")
    contents = (*TEXTS, *(_drawn_text(drawn) for _ in range(DRAWN)))
    (directory / "text").mkdir()
    for number, content in enumerate((*contents, LONG.encode())):
        (directory / "text" / f"{number:02}").write_bytes(content)
    journal = yield from single(session, "text", directory, "SCN-003")
    messages = [str(record.value["message"]) for record in journal.of_kind("event")]
    long = next(
        (len(messages) - at for at, message in enumerate(reversed(messages)) if not PIECE.fullmatch(message)), 0
    )
    messages, pieces = messages[:long], messages[long:]
    if len(messages) == len(contents):
        for number, (content, message) in enumerate(zip(contents, messages, strict=True)):
            yield from _same_text(journal, f"the event of text/{number:02}", message, content)
    else:
        yield Failure("SCN-003", f"{journal.name}: {len(messages)} events; record one for each of text/00 to text/18")
    value = journal.judgement.projection["metadata"].get("text")
    yield from expect("SCN-003", journal, "metadata text", value, contents[1].decode())
    if "library" in session.features:
        yield from _long_text(journal, pieces)


def _same_text(journal: Journal, what: str, message: str, content: bytes) -> Iterator[Failure]:
    valid = content.decode("utf-8", errors="ignore").replace("\0", "")
    if valid.encode() == content:
        yield from expect("SCN-003", journal, what, message, valid)
        return
    left = iter(message)
    if not all(character in left for character in valid):
        yield Failure(
            "SCN-003",
            f"{journal.name}: {what} lacks some of the characters that are valid; replace only what is no UTF-8",
        )


def _long_text(journal: Journal, messages: list[str]) -> Iterator[Failure]:
    if any(finding.requirement == "FRM-010" for finding in journal.judgement.findings):
        yield Failure("WRT-041", f"{journal.name} has a line of more than 1 MiB; split the event, or refuse it")
    elif messages and "".join(messages) != LONG:
        yield Failure(
            "WRT-041",
            f"{journal.name}: of the {len(LONG)} characters of text/19 the events hold {sum(map(len, messages))}, or"
            " others; record all of them in several events, cut between two characters, or none",
        )


def numbers(session: Session, directory: Path) -> Iterator[Failure]:
    """Doubles come back; then once more with a decimal comma in the locale."""
    drawn = session.random("numbers")
    expected = [*NUMBERS, *(LARGEST if "library" in session.features else ()), *_drawn_numbers(drawn, 185)]
    for name in ("first", "comma"):
        (directory / name).mkdir()
        lines = "".join(f"{number!r}\n" for number in expected)
        (directory / name / "numbers.txt").write_text(lines, encoding="ascii")
    first = yield from single(session, "numbers", directory / "first", "SCN-004")
    yield from _same_numbers(session, first, expected)
    last = first.judgement.projection["metrics"].get("y", [])
    found = [[point[0], point[1], point[3]] for point in last]
    yield from expect("SCN-004", first, "metric y", found, [[2**53 - 1, -1.5, 1.0]])
    if "library" in session.features:
        environment = decimal_comma(directory / "locales")
        second = yield from single(session, "numbers", directory / "comma", "SCN-004", environment=environment)
        if _metrics(first) != _metrics(second):
            yield Failure(
                "WRT-032",
                f"{second.name}: where the locale has a decimal comma, the records of metrics are others;"
                " write numbers without the locale",
            )


def _drawn_numbers(drawn: random.Random, count: int) -> Iterator[float]:
    while count:
        (number,) = struct.unpack("<d", drawn.randbytes(8))
        if math.isfinite(number):
            count -= 1
            yield number


def _same_numbers(session: Session, journal: Journal, expected: list[float]) -> Iterator[Failure]:
    found = []
    for record in journal.of_kind("metrics"):
        value = json.loads(record.raw, parse_int=float)  # -0 is a double
        if "x" in value["values"]:
            found.append((record.value.get("step"), value["values"]["x"]))
    if [step for step, _ in found] != list(range(len(expected))):
        yield Failure(
            "SCN-004", f"{journal.name}: {len(found)} records of metric x; record one for each line, with its step"
        )
    for step, value in found:
        if not isinstance(step, int) or step >= len(expected):
            continue
        right = expected[step]
        if not isinstance(value, float) or not math.isclose(value, right, rel_tol=1e-12):
            yield Failure("SCN-004", f"{journal.name}: metric x at step {step} is {value!r}; record {right!r}")
            return
        if "library" in session.features and struct.pack("<d", value) != struct.pack("<d", right):
            yield Failure(
                "WRT-031",
                f"{journal.name}: metric x at step {step} reads as {value!r}, not {right!r}; write 17 digits",
            )
            return


def _metrics(journal: Journal) -> list[list[bytes]]:
    """What metrics records say of numbers, digit by digit; times differ from call to call where none is given."""
    lines = [line for line in journal.content.split(b"\n") if b'"metrics"' in line]
    return [NUMERIC.findall(line) + (TIME.findall(line) if b'"y"' in line else []) for line in lines]


def non_finite(session: Session, directory: Path) -> Iterator[Failure]:
    """NaN and the infinities are values."""
    journal = yield from single(session, "non-finite", directory, "SCN-005")
    found: dict[int, object] = dict(journal.points("x"))
    for step, value in enumerate(("NaN", "Infinity", "-Infinity")):
        if found.get(step) != value:
            yield Failure(
                "WRT-030", f'{journal.name}: metric x at step {step} is {found.get(step)!r}; write the string "{value}"'
            )
    yield from expect("SCN-005", journal, "metric x at step 3", found.get(3), 0.5)
