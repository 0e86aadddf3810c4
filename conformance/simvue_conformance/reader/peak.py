"""`python peak.py NOTE COMMAND...`: run a command, and write the most memory that it took, in KiB, into the file NOTE.

A process counts what its parent had when it was started; so it has to have a small one. Standard library only, and
no more of it than is needed. Tests: tests/conformance/reader/test_broken_readers.py.
"""

import os
import sys


def _main(note: str, command: list[str]) -> int:
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    with open(note, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would be half of the memory
        file.write(str(usage.ru_maxrss))
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2:]))
