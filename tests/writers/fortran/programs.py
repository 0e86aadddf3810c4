"""Programs in Fortran that record, compiled as a user does, and what they leave, read without the client's code."""

import os
import resource
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import jsonlines
import orjson
from jsonschema import Draft7Validator

import simvue_spec

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "conformance" / "writers" / "fortran"
JOURNAL = SOURCES / "simvue_journal.f90"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
Record = dict[str, Any]


def compile_journal(compiler: str, folder: Path, *flags: str) -> subprocess.Popen[str]:
    """Start to compile the one file of the writer into a folder."""
    folder.mkdir(parents=True)
    command = [compiler, *STRICT, *flags, "-J.", "-c", str(JOURNAL), "-o", "journal.o"]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


def link(compiler: str, folder: Path, program: Path, sources: list[Path], *flags: str) -> Path:
    """Compile a program against the writer in a folder."""
    command = [compiler, *STRICT, *flags, "-J.", *map(str, sources), "journal.o", "-o", str(program)]
    result = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return program


def surroundings(cache_directory: Path, **more: str) -> dict[str, str]:
    """Return an environment without a job."""
    own = {"PATH": os.environ["PATH"], "HOME": str(cache_directory.parent)}
    return own | {"SIMVUE_OFFLINE_DIRECTORY": str(cache_directory)} | more


def text(value: bytes | str) -> bytes:
    """Return a text as the driver reads it."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<i", len(data)) + data


def opening(key: str = "", *, rank: int = -1, rotate_bytes: int = 1 << 26, crc: bool = True) -> bytes:
    """Return the command that opens a journal."""
    return b"O" + text(key) + struct.pack("<iqi", rank, rotate_bytes, crc)


def metric(name: bytes | str, value: float, step: int = 0) -> bytes:
    """Return the command that records a double."""
    return b"d" + text(name) + struct.pack("<dq", value, step)


class Driver:
    """The driver as a process that is spoken to, one command after another."""

    def __init__(self, program: Path, cache_directory: Path, **more: str) -> None:
        self.process = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings(cache_directory, **more),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, command: bytes) -> tuple[int, str]:
        """Give one command; return its stat and its message."""
        assert self.process.stdin is not None
        self.process.stdin.write(command)
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> tuple[int, str]:
        """Return the answer that comes next."""
        assert self.process.stdout is not None
        stat, _, message = self.process.stdout.readline().decode(errors="replace").strip().partition(" ")
        return int(stat), message

    def limit(self, size: int) -> None:
        """Limit the size of the files that the process writes."""
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def end(self) -> str:
        """Let the process end in order; return what it said on standard error."""
        _, errors = self.process.communicate()
        assert self.process.returncode == 0, errors
        return errors.decode(errors="replace")


def drive(program: Path, cache_directory: Path, commands: bytes) -> list[int]:
    """Run the driver over all commands at once; return the stats."""
    result = subprocess.run(
        [program], input=commands, capture_output=True, check=False, env=surroundings(cache_directory)
    )
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return [int(line.split()[0]) for line in result.stdout.splitlines()]


@cache
def _validator(kind: str) -> Draft7Validator:
    return Draft7Validator(simvue_spec.schema(kind))


def journals(cache_directory: Path) -> list[Path]:
    """Return the journals of a cache in the order of their headers' times."""
    found = (cache_directory / "journals").iterdir()
    return sorted(found, key=lambda path: orjson.loads(path.read_bytes().partition(b"\n")[0])["at"])


def only(cache_directory: Path) -> Path:
    """Return the one journal of a cache."""
    (journal,) = journals(cache_directory)
    return journal


def records(journal: Path) -> list[Record]:
    """Return the records of a faultless journal: by its schemas, its numbers, its checksums; guards are passed over."""
    lines = [line for line in journal.read_bytes().split(b"\n") if line]
    found = [orjson.loads(line) for line in lines]
    with jsonlines.open(journal) as reader:
        assert list(reader.iter(type=dict, skip_empty=True)) == found
    for line, record in zip(lines, found, strict=True):
        assert line.startswith(b'{"kind":"')
        _validator(record["kind"]).validate(record)
        if "crc" in found[0] and record["kind"] != "header":
            body, _, digits = line.rpartition(b',"crc":"')
            assert digits == b'%08x"}' % crc32(body)
    assert [record["seq"] for record in found] == list(range(len(found)))
    assert len({record["at"] for record in found}) == len(found)
    return found


def validate(*paths: Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run simvue-validate."""
    command = [str(Path(sys.executable).parent / "simvue-validate"), *options, *map(str, paths)]
    return subprocess.run(command, check=False, capture_output=True, text=True)
