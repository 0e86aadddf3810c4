"""What a person sees who calls the sender on a terminal."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.sender import raw
from tests.sender.site import COMMAND, Server, Site


def on_a_terminal(site: Site, *arguments: str, during: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """Run the sender on a terminal of its own; return its exit code and everything it wrote there."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(COMMAND), *arguments],
        env=site.environment | {"TERM": "xterm", "COLUMNS": "60"},
        cwd=site.home,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    during()
    written = b""
    while True:
        ready, _, _ = select.select([master], [], [], 30)
        try:
            piece = os.read(master, 65536) if ready else b""
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            break
        written += piece
    os.close(master)
    return process.wait(timeout=10), written.decode()


def visible(written: str) -> list[str]:
    """Return the lines that are left on the screen: a carriage return begins the line anew."""
    lines = []
    for line in written.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return [line for line in lines if line]


def test_progress_is_written_over_and_one_line_is_left(ready: Site, server: Server) -> None:
    for _ in range(10):
        ready.journal().steps(5).end()
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 0.3, "times": 0})

    code, written = on_a_terminal(ready)

    assert code == 0
    assert re.search(r"\rruns: \d+ done, \d+ to go", written)
    assert max(len(part) for part in re.split(r"[\r\n]", written) if part.startswith("runs:")) < 60
    assert len(visible(written)) == 1
    assert "80 records delivered" in visible(written)[0]
    assert "[exactly-once/keyed]" in visible(written)[0]


def test_nothing_to_do_is_said(ready: Site) -> None:
    code, written = on_a_terminal(ready)

    assert code == 0
    assert visible(written)[-1].startswith("simvue_sender: 0 records delivered")


def test_a_person_is_told_however_often_cron_was(site: Site) -> None:
    site.journal().end()
    site.configure(f"http://127.0.0.1:{raw.free_port()}")
    site.send()

    codes_and_lines = [on_a_terminal(site) for _ in range(2)]

    for code, written in codes_and_lines:
        assert code == 69
        assert len(visible(written)) == 1
        assert "cannot be reached" in written


def test_a_missing_token_is_explained_line_by_line(site: Site) -> None:
    site.journals.rmdir()
    site.cache.rmdir()
    site.cache = site.home / ".simvue"
    site.journals = site.cache / "journals"
    site.journals.mkdir(parents=True)
    site.journal().end()

    code, written = on_a_terminal(site)

    lines = visible(written)
    assert code == 30
    assert f"write into {site.home}/.simvue.ini:" in written
    assert "    [server]" in lines
    assert "    token = ..." in lines


@pytest.mark.requirement("DLV-004")
def test_a_person_is_told_who_is_at_work(ready: Site, server: Server) -> None:
    ready.journal().end()
    server.faults({"path": "version", "delay": 2})
    first = ready.start()
    while not server.requests("GET", "version"):
        time.sleep(0.02)

    code, written = on_a_terminal(ready)
    first.communicate()

    assert code == 0
    assert f"held by process {first.pid}" in written


def test_verbose_says_each_request_and_shows_no_progress(ready: Site, server: Server) -> None:
    ready.journal().steps(2).end()

    code, written = on_a_terminal(ready, "--verbose")

    assert code == 0
    assert "POST /metrics -> APPLIED" in written
    assert "to go" not in written


def test_help_has_examples_and_all_exit_codes(site: Site) -> None:
    for option in ("-h", "--help"):
        said = site.send(option)
        assert said.exit == 0
        assert "* * * * * $HOME/simvue_sender.sh" in said.out
        for code in ("0", "10", "20", "30", "40", "50", "69", "70"):
            assert re.search(rf"^ +{code}  \w", said.out, re.MULTILINE), code
    for command in ("list", "show", "retry", "drop"):
        said = site.send("dead", command, "--help")
        assert "\n  Example: simvue_sender dead" in said.out
        assert "\\b" not in said.out
