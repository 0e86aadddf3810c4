"""Scripts of a user, run by each shell that is here, with `simvue-journal` on their path and a cache of their own."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonlines
import jsonschema

import simvue_spec

SOURCE = Path(__file__).parents[3] / "conformance" / "writers" / "shell" / "simvue-journal.sh"
SHELLS = [
    shell for shell in (["dash"], ["bash"], ["busybox", "sh"]) if shutil.which(shell[0]) and shutil.which("od")
] or [["sh"]]
NAMES = [shell[0] for shell in SHELLS]
STAMP_END = b'Z"}'


class Site:
    """A directory with a cache; scripts run in it under one shell."""

    def __init__(self, directory: Path, shell: list[str]) -> None:
        self.directory, self.shell, self.cache = directory, shell, directory / "cache"
        self.temporary = directory / "tmp"
        commands = directory / "bin"
        for made in (commands, self.temporary):
            made.mkdir()
        # As it is installed, a file on the path; but run by this shell.
        arguments = " ".join(["exec", *shell, str(SOURCE), '"$@"'])
        command = commands / "simvue-journal"
        command.write_text(f"#!/bin/sh\n{arguments}\n")
        command.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIMVUE_", "LC_", "LANG"))}
        self.environment = kept | {
            "HOME": str(directory),
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "SIMVUE_OFFLINE_DIRECTORY": str(self.cache),
            "TMPDIR": str(self.temporary),
            "LIBRARY": str(SOURCE),
        }

    def start(self, script: str, *arguments: str | bytes, **variables: str) -> subprocess.Popen[bytes]:
        """Start a script of this text."""
        return subprocess.Popen(
            [*self.shell, "-c", script, "job", *arguments],
            cwd=self.directory,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, script: str, *arguments: str | bytes, status: int = 0, **variables: str) -> str:
        """Run a script of this text to its end, and return what it said on standard error."""
        process = self.start(script, *arguments, **variables)
        out, err = process.communicate(timeout=60)
        assert process.returncode == status, (out, err)
        return err.decode()

    def journals(self) -> list[Path]:
        return sorted((self.cache / "journals").iterdir())

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the one journal, each checked against the schema of its kind."""
        [journal] = self.journals()
        return checked(journal)


def checked(journal: Path) -> list[dict[str, Any]]:
    """Return the records of a journal without a damaged line, each checked against the schema of its kind."""
    lines = [line for line in journal.read_bytes().splitlines() if line]
    with jsonlines.Reader(line.decode() for line in lines) as reader:
        records = list(reader.iter(type=dict))
    for record in records:
        schema = simvue_spec.schema(record["kind"])
        jsonschema.validate(record, schema, jsonschema.Draft7Validator)
    return records


def whole(journal: Path) -> list[dict[str, Any]]:
    """Return the records of a journal in which a fragment may stand."""
    found = []
    for line in journal.read_bytes().split(b"\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            assert not line.endswith(STAMP_END), line
    return found


def kinds(records: Iterable[dict[str, Any]]) -> list[str]:
    return [record["kind"] for record in records]
