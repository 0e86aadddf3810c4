"""Write the --help of each command into the page that describes it, where a comment asks for it.

    python docs/help.py          # after a command's options have changed

Tests: tests/docs/test_help.py, which fails when this has been forgotten.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

__all__ = ["filled"]

PAGES = Path(__file__).parent / "pages" / "reference"
_MARK = re.compile(r"(<!-- help: (.+?) -->\n)(?:\n```text\n.*?^```\n)?", re.DOTALL | re.MULTILINE)


def filled(text: str) -> str:
    """Return a page with the present help after each comment that names a command."""
    return _MARK.sub(lambda match: f"{match[1]}\n```text\n{_help(match[2].split())}\n```\n", text)


def _help(command: list[str]) -> str:
    program = Path(sys.executable).with_name(command[0])
    environment = os.environ | {"COLUMNS": "100"}
    result = subprocess.run(
        [program, *command[1:], "--help"], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.rstrip()


if __name__ == "__main__":
    for page in sorted(PAGES.glob("*.md")):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
