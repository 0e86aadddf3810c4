"""A limit on the size of a program's files, in the place of a disk that is full: no privilege is needed.

A write is short at the limit, and those after it fail with EFBIG. Lifting the limit is left to `disk`.
Tests: tests/conformance/writer/.
"""

import sys
from dataclasses import replace

from simvue_conformance.program import Program

__all__ = ["limited"]

# Started in the program's place: the limit has to hold before its first instruction.
LIMITED = (
    "import os, resource, signal, sys; limit = int(sys.argv[1]);"
    "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1];"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard));"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_DFL);"
    "os.execvp(sys.argv[2], sys.argv[2:])"
)


def limited(program: Program, size: int) -> Program:
    """Return the program, none of whose files can grow beyond this size in bytes."""
    return replace(program, command=(sys.executable, "-ISc", LIMITED, str(size), *program.command))
