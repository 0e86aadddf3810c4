"""Journals as the tests of the writer see them: read twice, by two stacks that share no code.

`whole` takes a journal that has to be faultless; `verdicts` any journal, with what the reader makes of it.
"""

import json
import os
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from jsonschema import Draft7Validator

import simvue_spec
from simvue.core.reading import START, Reading, read
from simvue.journal.schemas import checker
from simvue.journal.writer import Limits, Place, Writer

ROOT = Path(__file__).parent.parent.parent
Record = dict[str, Any]


@cache
def validator(kind: str) -> Draft7Validator:
    return Draft7Validator(simvue_spec.schema(kind))


def only(cache_directory: Path) -> Path:
    """Return the one journal of a cache."""
    (journal,) = journals(cache_directory)
    return journal


def journals(cache_directory: Path) -> list[Path]:
    """Return the journals of a cache in the order of their headers' times."""
    return sorted(
        (cache_directory / "journals").iterdir(),
        key=lambda path: json.loads(path.read_bytes().partition(b"\n")[0])["at"],
    )


def records(data: bytes) -> list[Record]:
    """Return the records of a journal, each valid by its schema and its checksum; guards are passed over."""
    assert data.endswith(b"\n")
    found = []
    for line in data.split(b"\n"):
        if line:
            assert line.startswith(b'{"kind":"')
            record = json.loads(line, parse_constant=_refuse)
            validator(record["kind"]).validate(record)
            if record["kind"] != "header":
                body, _, digits = line.rpartition(b',"crc":"')
                assert digits == b'%08x"}' % crc32(body)
            found.append(record)
    return found


def whole(path: Path) -> list[Record]:
    """Return the records of a faultless journal; the reader has nothing to say about it either."""
    data = path.read_bytes()
    found = records(data)
    assert [record["seq"] for record in found] == list(range(len(found)))
    assert [list(record)[:3] for record in found] == [["kind", "seq", "at"]] * len(found)
    reading = verdicts(path)
    assert reading.findings == []
    assert [entry.verdict.value for entry in reading.entries] == ["accepted"] * len(found)
    return found


def verdicts(path: Path) -> Reading:
    """Read a journal that will not grow."""
    return read(START, path.read_bytes(), checker(), dead=True, final=True)


def accepted(path: Path) -> list[Record]:
    """Return the records that a reader accepts, whatever lies between them."""
    data = path.read_bytes()
    return [
        json.loads(data[entry.offset : entry.offset + entry.length])
        for entry in verdicts(path).entries
        if entry.verdict.value == "accepted"
    ]


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def writer(cache_directory: Path, run: str = "run", **limits: Any) -> Writer:
    place = Place(
        directory=str(cache_directory / "journals"), run=run, facts=lambda: {"name": "test", "pid": os.getpid()}
    )
    return Writer(place, Limits(**limits))


def command(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    paths = os.pathsep.join(str(ROOT / folder) for folder in (".", "spec"))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def run(
    code: str, *arguments: object, prefix: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own; `prefix` is a command that starts it."""
    return subprocess.run(
        [*prefix, *command(code, *arguments)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
