"""The command `simvue-follow` as tests start it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.journal import journals


def follow(tmp_path: Path, *arguments: object, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command with a cache of its own; signals are as a shell leaves them."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    variables |= {"HOME": str(tmp_path), "PYTHONPATH": str(journals.ROOT), "COLUMNS": "100", **(environment or {})}
    return subprocess.Popen(
        [sys.executable, "-m", "simvue.follow", *map(str, arguments)],
        cwd=tmp_path,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_usual_signals,
    )


def done(process: subprocess.Popen[str], timeout: float = 30) -> tuple[int, str, str]:
    """Wait for its end; return exit status, standard output and standard error."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"it did not end: {out}\n{err}") from None
    return process.returncode, out, err


def offline(tmp_path: Path, *arguments: object) -> subprocess.Popen[str]:
    """Start the command so that it records into a journal."""
    return follow(tmp_path, "--mode", "offline", "--cache", tmp_path / "cache", "--interval", "0.05", *arguments)


def records(tmp_path: Path, *kinds: str) -> list[journals.Record]:
    """Return the records of some kinds of the one journal."""
    return [record for record in journals.whole(journals.only(tmp_path / "cache")) if record["kind"] in kinds]


def values(tmp_path: Path, name: str) -> list[object]:
    """Return the values of a metric."""
    return [record["values"][name] for record in records(tmp_path, "metrics") if name in record["values"]]


def ending(tmp_path: Path) -> tuple[str, list[str]]:
    """Return the status with which the run ended, and the messages of its events."""
    (end,) = records(tmp_path, "end")
    return end["status"], [record["message"] for record in records(tmp_path, "event")]


def wait_for_journal(tmp_path: Path) -> None:
    """Wait until the first metrics are recorded."""
    for _ in range(400):
        for journal in (tmp_path / "cache" / "journals").glob("*"):
            if b'"kind":"metrics"' in journal.read_bytes():
                return
        time.sleep(0.02)
    raise AssertionError("nothing was recorded")


def _usual_signals() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
