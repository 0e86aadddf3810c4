"""A locale in which numbers have a decimal comma, made here: few machines of a cluster have one installed.

The C library of GNU reads a locale's categories from files; the one for numbers has six entries. Other C libraries,
such as musl, know no decimal comma at all. Tests: tests/conformance/writer/test_locales.py.
"""

import os
import struct
import subprocess
import sys
from pathlib import Path

from simvue_conformance.results import NotTestable

__all__ = ["decimal_comma"]

NUMERIC = 0x20031115 ^ 1  # how the file of the category LC_NUMERIC begins
ENTRIES = (b",\0", b"\0", b"\xff\0", struct.pack("=I", ord(",")), struct.pack("=I", 0), b"UTF-8\0")
PROBE = "import locale; locale.setlocale(locale.LC_NUMERIC, ''); print(locale.localeconv()['decimal_point'])"


def decimal_comma(directory: Path) -> dict[str, str]:
    """Make the locale in a directory; return the variables under which a program has it.

    Raises:
        NotTestable: the C library is that of GNU and does not take it.
    """
    file = directory / "comma" / "LC_NUMERIC"
    file.parent.mkdir(parents=True)
    file.write_bytes(_category(ENTRIES))
    variables = {"LOCPATH": str(directory), "LC_ALL": "", "LC_NUMERIC": "comma", "LANG": "C.UTF-8"}
    probe = subprocess.run(
        [sys.executable, "-ISc", PROBE], env={**os.environ, **variables}, capture_output=True, check=False
    )
    if probe.stdout.strip() != b"," and "CS_GNU_LIBC_VERSION" in os.confstr_names:
        raise NotTestable("this C library does not take a locale with a decimal comma from LOCPATH; test on another")
    return variables


def _category(entries: tuple[bytes, ...]) -> bytes:
    head = struct.calcsize(f"=II{len(entries)}I")
    body, offsets = b"", []
    for entry in entries:
        body += bytes(-len(body) % 4)  # words are aligned
        offsets.append(head + len(body))
        body += entry
    return struct.pack(f"=II{len(entries)}I", NUMERIC, len(entries), *offsets) + body
