"""The code blocks of a document, and a shell to run them in: another home, and a crontab that is a file."""

import os
import re
import subprocess
import sys
from pathlib import Path

from simvue_conformance.server.process import ServerProcess

PROJECT = Path(__file__).parents[2]
COMMANDS = Path(sys.executable).parent
PLACEHOLDER = "the token that Create new run shows in the web UI"

FAKE_CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then exec cat 'FILE'; fi
cat > 'FILE.new' && mv 'FILE.new' 'FILE'
"""

_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, *languages: str) -> list[tuple[str, str]]:
    """Return language and content of each block of code."""
    found = _BLOCK.findall(document.read_text(encoding="utf-8"))
    return [(language, content) for language, content in found if language in languages]


class Shell:
    """Runs lines of a document as a reader would, without touching the reader's machine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.crontab = home / "crontab"
        programs = home / "bin"
        programs.mkdir()
        fake = programs / "crontab"
        fake.write_text(FAKE_CRONTAB.replace("FILE", str(self.crontab)))
        fake.chmod(0o755)
        (home / "simvue_venv").symlink_to(COMMANDS.parent)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
        path = os.pathsep.join([str(programs), str(COMMANDS), os.environ["PATH"]])
        self._environment = kept | {"HOME": str(home), "PATH": path}

    def run(self, lines: str) -> str:
        """Run lines of shell as an interactive one does, past a command that fails; return all that they print."""
        result = subprocess.run(
            ["sh", "-uc", lines],
            env=self._environment,
            cwd=self.home,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, f"{lines}\n{result.stdout}"
        return result.stdout


def for_server(lines: str, server: ServerProcess) -> str:
    """Return lines of the README with the address and the token of a server in place of the example's."""
    return lines.replace("https://app.simvue.io", server.url).replace(PLACEHOLDER, server.token)
