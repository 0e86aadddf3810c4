"""C programs as the tests need them: built once, driven over standard input, their journals read back.

Everything here skips where no C compiler is at hand. Used by all tests of the C writer.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "conformance" / "writers" / "c"
HERE = Path(__file__).parent
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
VALIDATE = Path(sys.executable).parent / "simvue-validate"
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc here: make test installs it")

OK, EARGUMENT, ETOOLONG, EDISK, ELOST, ECLOSED, EFORK, EFILE, ENOJOB, EPLACE = range(0, -10, -1)
NO_TIME = -1e300


def ran(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever that is; its output is text."""
    return subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, **options)


def build(source: Path, program: Path, *options: str, compiler: str = "gcc") -> Path:
    """Compile and link a source against the header; warnings are errors."""
    command = [compiler, *(options or ("-std=c99", "-O1")), *WARNINGS, f"-I{SOURCES}", "-o", str(program), str(source)]
    result = ran([*command, "-lpthread", "-lm"])
    assert result.returncode == 0, result.stderr
    return program


def clean_environment(cache: Path, **more: str) -> dict[str, str]:
    """Return all that a program gets: no variables of a job that the tests themselves may run in."""
    return {"PATH": os.environ["PATH"], "HOME": str(cache.parent), "SIMVUE_OFFLINE_DIRECTORY": str(cache), **more}


def text(value: str | bytes | None) -> str:
    """Write text for the driver."""
    if value is None:
        return "-"
    return "=" + (value if isinstance(value, bytes) else value.encode()).hex()


def bits(value: float) -> str:
    """Write a double for the driver."""
    return struct.pack(">d", value).hex()


def metrics(values: dict[str, float], step: int = -1, time: float = NO_TIME) -> str:
    """Write a call for the driver."""
    pairs = " ".join(f"{text(name)} {bits(value)}" for name, value in values.items())
    return f"metrics {len(values)} {pairs} {step} {bits(time)}"


def event(message: str | bytes, level: str | None = None) -> str:
    """Write a call for the driver."""
    return f"event {text(level)} {text(message)}"


def values(given: dict[str, str | bool | float]) -> str:
    """Write metadata for the driver."""
    parts = [str(len(given))]
    for key, value in given.items():
        match value:
            case bool():
                said = f"b {int(value)}"
            case int():
                said = f"i {value}"
            case float():
                said = f"d {bits(value)}"
            case _:
                said = f"s {text(value)}"
        parts.append(f"{text(key)} {said}")
    return " ".join(parts)


def texts(*given: str) -> str:
    """Write a list for the driver."""
    return " ".join([str(len(given)), *map(text, given)])


@dataclass(frozen=True)
class Outcome:
    """What the driver said: how it opened, and the status of each call."""

    opened: int
    run: str
    path: Path
    statuses: list[int]
    err: str


def drive(program: Path, cache: Path, calls: list[str], *options: str, **more: str) -> Outcome:
    """Let the driver make the calls; it must end in order."""
    environment = clean_environment(cache, **more)
    cache.parent.mkdir(parents=True, exist_ok=True)
    result = ran([program, *options], input="\n".join(calls) + "\n", env=environment, cwd=cache.parent)
    assert result.returncode == 0, (result.returncode, result.stderr)
    first, *rest = result.stdout.splitlines()
    opened, run, path = (*first.split(" "), "", "")[:3]
    return Outcome(int(opened), run, Path(path), [int(line) for line in rest], result.stderr)


def records(path: Path) -> list[dict[str, Any]]:
    """Read a journal without fragments; every line is a record with a right checksum and the next number."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True)):
        assert line.endswith(b"\n")
        record = orjson.loads(line)
        assert json.loads(line.decode()) == record or "NaN" in line.decode()
        if number and found[0].get("crc"):
            body = line[: line.rindex(b',"crc":"')]
            assert record["crc"] == f"{zlib.crc32(body):08x}"
        assert record["seq"] == number
        found.append(record)
    return found


def journals(cache: Path) -> list[Path]:
    """Return the journals of a cache in the order in which they continue one another."""
    found = sorted((cache / "journals").iterdir())
    headers = {path: orjson.loads(path.read_bytes().split(b"\n", 1)[0]) for path in found}
    identities = {header["journal"]: path for path, header in headers.items()}

    def depth(path: Path) -> int:
        before = headers[path].get("continues")
        return 0 if before is None else 1 + depth(identities[before["journal"]])

    return sorted(found, key=depth)


def validate(*paths: Path, live: bool = False) -> dict[str, Any]:
    """Judge journals as a user does; return the sums. Errors fail, and so do warnings of our own making."""
    command = [str(VALIDATE), "--json", *(["--incomplete"] if live else []), *map(str, paths)]
    result = ran(command)
    assert result.returncode == 0, result.stdout
    return json.loads(result.stdout.splitlines()[-1])
