"""What is simulated: heat in Python, in C and in Fortran, a plate that two languages share, and a shell script.

The programs are the examples of this folder and of the writers. What needs a compiler that is not there is left out,
and said. Tests: tests/demo/test_jobs.py.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from docs.examples.demo.stage import PATIENCE, Place, Processes, environment

__all__ = ["PLATE", "SHARED_PLATE", "Compilation", "Programs", "start_jobs"]

EXAMPLES = Path(__file__).parents[1]
WRITERS = Path(__file__).parents[3] / "conformance" / "writers"
PLATE, SHARED_PLATE = "heat-plate", "heat-shared"  # run keys of the same plate: by Python, by C and Fortran together
SIZE = "128"  # cells on a side
SHARED_STEPS = "2000"  # Python makes about as many in its time

COMPILERS = {
    "gcc": """
        gcc -std=c99 -O2 -I "$WRITERS/c" -o heat-c "$WRITERS/c/heat.c" -lm
        gcc -std=c99 -O2 -I "$WRITERS/c" -o half-c "$EXAMPLES/half.c"
    """,
    "gfortran": """
        gfortran -O2 -c "$WRITERS/fortran/simvue_journal.f90"
        gfortran -O2 -o heat-fortran simvue_journal.o "$WRITERS/fortran/heat.f90"
        gfortran -O2 -o half-fortran simvue_journal.o "$EXAMPLES/half.f90"
    """,
}
HALVES = "half.c and half.f90"
JOBS = {
    "heat.py": "heat in a plate, two ranks in Python",
    HALVES: "the same plate, rank 0 in C and rank 1 in Fortran",
    "heat.c": "another plate, in C",
    "heat.f90": "a third one, in Fortran",
    "collatz.sh": "numbers, by a shell script that needs no library",
}
NEEDS = {HALVES: ("gcc", "gfortran"), "heat.c": ("gcc",), "heat.f90": ("gfortran",)}


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the compiled programs are, and why a compiler could not make its own: a sentence by its name."""

    folder: Path
    reasons: dict[str, str] = field(default_factory=dict)

    def has(self, job: str) -> bool:
        """Whether everything that a job needs could be compiled."""
        return not any(compiler in self.reasons for compiler in NEEDS.get(job, ()))

    def description(self) -> str:
        """Say in a line each which jobs there are; and in one more what is left out, why, and how to get it."""
        lines = [f"  {job:<21}{text}" for job, text in JOBS.items() if self.has(job)]
        left_out = [job for job in JOBS if not self.has(job)]
        if left_out:
            why, packages = " and ".join(self.reasons.values()), " ".join(self.reasons)
            lines.append(f"Left out: {', '.join(left_out)}: {why}. To have them: apt-get install {packages}")
        return "\n".join(lines)


class Compilation:
    """Compiles the examples with those compilers that are there, each language beside the other."""

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes, self._folder = processes, place.root / "programs"
        self._folder.mkdir()
        variables = environment(place.node) | {"WRITERS": str(WRITERS), "EXAMPLES": str(EXAMPLES)}
        self._running = {
            name: processes.start(name, ["sh", "-ec", script], variables, self._folder)
            for name, script in COMPILERS.items()
            if shutil.which(name)
        }

    def wait(self) -> Programs:
        """Return the programs once all of them are there."""
        reasons = {name: f"there is no {name}" for name in COMPILERS if name not in self._running}
        for name, process in self._running.items():
            if process.wait(PATIENCE) != 0:
                said = " ".join(self._processes.output(name, "err").split())
                reasons[name] = f"{name} failed, {said[:200]}"
        return Programs(self._folder, reasons)


def start_jobs(
    processes: Processes, place: Place, programs: Programs, seconds: float
) -> dict[str, subprocess.Popen[bytes]]:
    """Start every job in a directory of its own, Python's for so many seconds; return their processes by name."""
    python = [sys.executable, str(EXAMPLES / "heat.py"), "--size", SIZE, "--limit", str(seconds), "--run-key", PLATE]
    commands = {"heat.py": python, "collatz.sh": ["sh", str(EXAMPLES / "collatz.sh")]}
    if programs.has("heat.c"):
        commands["heat.c"] = [str(programs.folder / "heat-c"), SIZE, "10000"]
    if programs.has("heat.f90"):
        commands["heat.f90"] = [str(programs.folder / "heat-fortran")]
    variables = environment(place.node) | {"SIMVUE_OFFLINE_DIRECTORY": str(place.cache)}
    jobs = {name: processes.start(name, command, variables, _folder(place, name)) for name, command in commands.items()}
    if programs.has(HALVES):
        jobs |= _start_halves(processes, place, programs, variables)
    return jobs


def _start_halves(
    processes: Processes, place: Place, programs: Programs, variables: dict[str, str]
) -> dict[str, subprocess.Popen[bytes]]:
    """Start both ranks, each with the other's output as its input."""
    (first_reads, second_writes), (second_reads, first_writes) = os.pipe(), os.pipe()
    ends = {"half-c": (first_reads, first_writes), "half-fortran": (second_reads, second_writes)}
    jobs = {}
    for rank, (name, pipes) in enumerate(ends.items()):
        command = [str(programs.folder / name), str(rank), SIZE, SHARED_STEPS, SHARED_PLATE]
        jobs[name] = processes.start(name, command, variables, _folder(place, name), pipes)
    for end in (first_reads, second_writes, second_reads, first_writes):
        os.close(end)
    return jobs


def _folder(place: Place, name: str) -> Path:
    folder = place.node / name
    folder.mkdir()
    return folder
