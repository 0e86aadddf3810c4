"""Measure the Fortran writer: `log_metrics` of three values against a formatted write and a flush of the same text.

The program `fortran_writer.f90` does both in turns. Needs gfortran; without it the figure is not a number.
"""

import shutil
import statistics
import subprocess
from pathlib import Path

from tests.bench.measure import Figure

__all__ = ["fortran_writer"]

_HERE = Path(__file__).parent
_JOURNAL = _HERE.parents[1] / "conformance" / "writers" / "fortran" / "simvue_journal.f90"
_NAME = "Fortran log_metrics / (write + flush)"


def fortran_writer(folder: Path) -> Figure:
    """Compile the program with -O2, run it, and compare the medians of its rounds."""
    compiler = shutil.which("gfortran")
    if compiler is None:
        return Figure(_NAME, float("nan"), None, at_least=False, detail="gfortran is not installed")
    program = folder / "fortran_writer"
    sources = [str(_JOURNAL), str(_HERE / "fortran_writer.f90")]
    subprocess.run([compiler, "-O2", "-std=f2008", f"-J{folder}", *sources, "-o", str(program)], check=True)
    cache = folder / "fortran"
    result = subprocess.run([program, str(cache)], check=True, capture_output=True, text=True)
    rounds = [tuple(map(float, line.split())) for line in result.stdout.splitlines()]
    mine, floor = (statistics.median(side) for side in zip(*rounds, strict=True))
    count = 5_000
    detail = f"{mine / count * 1e6:.2f} us against {floor / count * 1e6:.2f} us a record"
    return Figure(_NAME, mine / floor, 2.0, at_least=False, detail=detail)
