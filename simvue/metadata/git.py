"""The state of a git repository, asked of the command `git`: never for long, and nothing is written.

Tests: tests/metadata/test_git.py.
"""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from simvue.core.plain import text

__all__ = ["git_facts"]

_PATIENCE = 3.0
_MOST_COMMITS = 5000
_MOST_AUTHORS = 1000
_LONGEST_MESSAGE = 10_000
_LONGEST_NAME = 250
_COMMANDS = {
    "head": (
        "log",
        "-1",
        "--no-show-signature",
        "--decorate-refs=refs/tags/*",
        "--format=%H%x00%ct%x00%ce%x00%D%x00%B",
    ),
    "authors": ("log", f"--max-count={_MOST_COMMITS}", "--no-show-signature", "--format=%ae"),
    "remotes": ("config", "--get-regexp", r"^remote\..*\.url$"),
    "changes": ("status", "--porcelain", "--untracked-files=no"),
}
# A status may refresh the index, a repository's own settings may start programs, and either may ask the network.
_OPTIONS = ("-c", "core.fsmonitor=false", "-c", "i18n.logOutputEncoding=UTF-8")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_OTHERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # of the repository that a hook runs in


def git_facts(directory: Path) -> dict[str, Any]:
    """Return what git says of the repository that a directory lies in; nothing where it lies in none."""
    place = os.path.abspath(directory)  # noqa: PTH100 - resolving would follow links
    if not any(os.path.exists(parent / ".git") for parent in (Path(place), *Path(place).parents)):  # noqa: PTH110 - it raises nothing
        return {}
    answers = _ask(place)
    head = answers.get("head", "").split("\0", 4)
    if len(head) < 5:  # no commit yet, or git refuses
        return {}
    commit, seconds, committer, decorations, message = head
    tags = [name.removeprefix("tag: ") for name in decorations.split(", ") if name.startswith("tag: ")]
    facts: dict[str, Any] = {
        "ref": text((tags or [commit])[0])[:_LONGEST_NAME],
        "msg": text(message.strip("\n"))[:_LONGEST_MESSAGE],
        "blame": text(committer)[:_LONGEST_NAME],
    }
    with suppress(ValueError, OverflowError):
        facts["time_stamp"] = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    if "authors" in answers:
        people = dict.fromkeys(text(line)[:_LONGEST_NAME] for line in answers["authors"].splitlines() if line)
        facts["authors"] = [person for person in people if "[bot]" not in person][:_MOST_AUTHORS]
    if url := _address(answers.get("remotes", "")):
        facts["url"] = url
    if "changes" in answers:
        facts["dirty"] = bool(answers["changes"])
    return facts


def _address(remotes: str) -> str:
    """Return the address of `origin`, else of the first remote, without what lets in there."""
    pairs = [line.partition(" ")[::2] for line in remotes.splitlines()]
    known = dict(reversed(pairs))
    url = known.get("remote.origin.url") or (pairs[0][1] if pairs else "")
    url = re.sub(r"^(https?|ftps?)://[^/@]*@", r"\1://", url)
    return text(re.sub(r"^([\w+.-]+)://([^/@:]*):[^/@]*@", r"\1://\2@", url))[:4096]


def _ask(directory: str) -> dict[str, str]:
    """Run the commands side by side; return the outputs of those that succeed in time."""
    import subprocess  # noqa: PLC0415 - only where there is a repository

    environment = {name: value for name, value in os.environ.items() if name not in _OTHERS} | _ENVIRONMENT
    running = {}
    ends = monotonic() + _PATIENCE
    for name, command in _COMMANDS.items():
        with suppress(OSError):  # there is no git here
            running[name] = subprocess.Popen(
                ["git", "-C", directory, *_OPTIONS, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
    answers = {}
    for name, process in running.items():
        try:
            output, _ = process.communicate(timeout=max(0.0, ends - monotonic()))
        except subprocess.TimeoutExpired:
            _abandon(process)
            continue
        if process.returncode == 0 or name == "remotes":
            answers[name] = output.decode(errors="replace")
    return answers


def _abandon(process: Any) -> None:
    """Kill a command, and wait no longer than a moment: on a filesystem that hangs, it does not even die."""
    process.kill()
    with suppress(Exception):
        process.wait(timeout=0.1)
    process.stdout.close()
