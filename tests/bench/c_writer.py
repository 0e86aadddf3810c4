"""The C writer's record against the least there is: `snprintf` of the same text, and `write`.

`conformance/writers/c/bench.c` measures both in turns within one process.
"""

import os
import subprocess
from pathlib import Path

from tests.bench.measure import Figure

__all__ = ["c_writer"]

_SOURCES = Path(__file__).parents[2] / "conformance" / "writers" / "c"


def c_writer(folder: Path) -> Figure:
    """A metrics record of three values; needs a C compiler."""
    program = folder / "c-writer"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", program, _SOURCES / "bench.c"], check=True)
    command = [program, folder / "c-cache", "31", "5000"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    mine, floor = map(float, said.split())
    detail = f"{mine * 1e6:.2f} us against {floor * 1e6:.2f} us a record"
    return Figure("C writer / (snprintf + write)", mine / floor, 1.5, at_least=False, detail=detail)
