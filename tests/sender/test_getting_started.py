"""The steps of the setup page, as they stand there: files, script, and a shell like cron's."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sender.site import CANARY, COMMAND, Result, Server, Site

SCRIPT = """#!/bin/sh
source $HOME/simvue_venv/bin/activate
simvue_sender
"""
ACTIVATE = 'PATH="{}:$PATH"\nexport PATH\n'
KNOWS_SOURCE = subprocess.run(["/bin/sh", "-c", "source /dev/null"], capture_output=True, check=False).returncode == 0


def install(site: Site) -> None:
    """Give the home a virtual environment: an activation of the one that the tests run in."""
    place = site.home / "simvue_venv" / "bin"
    place.mkdir(parents=True)
    (place / "activate").write_text(ACTIVATE.format(COMMAND.parent))


def as_cron(site: Site, command: str, *, shell: str = "/bin/sh") -> Result:
    """Run a line of a crontab as cron does: in the home, with next to no environment, and no terminal."""
    # What a user's environment has beside this is in the test process only, for a source tree that is not installed.
    minimal = {"HOME": str(site.home), "LOGNAME": "user", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    paths = {"PYTHONPATH": site.environment["PYTHONPATH"], "TMPDIR": site.environment["TMPDIR"]}
    settings = [f"{name}={value}" for name, value in (minimal | paths).items()]
    done = subprocess.run(
        ["env", "-i", *settings, shell, "-c", command],
        cwd=site.home,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    return Result(done.returncode, done.stdout, done.stderr, 0.0)


def write_configuration(site: Site, server: Server) -> None:
    path = site.home / ".simvue.ini"
    path.write_text(f"[server]\nurl = {server.url}\ntoken = {CANARY}\n\n[offline]\ncache = {site.cache}\n")
    path.chmod(0o600)


@pytest.mark.parametrize("word", ["source", "."])
def test_the_script_of_the_page_delivers_under_cron(site: Site, server: Server, word: str) -> None:
    write_configuration(site, server)
    install(site)
    script = site.home / "simvue_sender.sh"
    text = SCRIPT.replace("source", word)
    if word == "source" and not KNOWS_SOURCE:
        bash = shutil.which("bash")
        if bash is None:
            pytest.skip("no shell here knows `source`")
        text = text.replace("#!/bin/sh", f"#!{bash}")  # on these systems the page's script needs this, or a dot
    script.write_text(text)
    subprocess.run(["chmod", "a+xr", script], check=True)
    journal = site.journal().steps(3).end()

    results = [as_cron(site, "$HOME/simvue_sender.sh"), as_cron(site, "$HOME/simvue_sender.sh")]

    assert results == [Result(0, "", "", 0.0)] * 2
    server.holds(journal)


def test_the_default_cache_is_in_the_home(site: Site, server: Server) -> None:
    (site.home / ".simvue.ini").write_text(f"[server]\nurl = {server.url}\ntoken = {CANARY}\n")
    (site.home / ".simvue.ini").chmod(0o600)
    site.cache = site.home / ".simvue"
    site.journals = site.cache / "journals"
    site.journals.mkdir(parents=True)
    journal = site.journal().steps(3).end()

    assert as_cron(site, str(COMMAND)).exit == 0

    server.holds(journal)


def test_the_file_in_the_current_directory_goes_first(site: Site, server: Server, tmp_path: Path) -> None:
    write_configuration(site, server)
    other = Site(tmp_path / "other")
    own = site.home / "simvue.ini"
    own.write_text(f"[offline]\ncache = {other.cache}\n")
    passed_over, delivered = site.journal().end(), other.journal().end()

    result = as_cron(site, str(COMMAND))

    assert result.exit == 0
    server.holds(delivered)
    assert server.runs(passed_over.run) == []


def test_the_environment_goes_before_the_files(site: Site, server: Server) -> None:
    site.configure("http://127.0.0.1:1", token="not.the.token")
    site.environment |= {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": CANARY}
    journal = site.journal().end()

    assert site.send().exit == 0

    server.holds(journal)


def test_the_flag_goes_before_the_environment_and_the_files(ready: Site, server: Server, tmp_path: Path) -> None:
    other, third = Site(tmp_path / "other"), Site(tmp_path / "third")
    ready.environment["SIMVUE_OFFLINE_DIRECTORY"] = str(third.cache)
    passed_over = [ready.journal().end(), third.journal().end()]
    delivered = other.journal().end()

    result = ready.send("--cache", str(other.cache))

    assert (result.exit, result.err) == (0, "")
    server.holds(delivered)
    assert all(server.runs(journal.run) == [] for journal in passed_over)


def test_a_relative_cache_starts_in_the_current_directory(ready: Site, server: Server, tmp_path: Path) -> None:
    other = Site(tmp_path / "other")
    journal = other.journal().end()

    assert ready.send("--cache", "../other/cache").exit == 0

    server.holds(journal)


def test_one_connection_is_enough(site: Site, server: Server) -> None:
    site.configure(server.url, more="[sender]\nconnections = 1\n")
    journals = [site.journal().steps(3).end() for _ in range(5)]

    assert site.send().exit == 0

    for journal in journals:
        server.holds(journal)


@pytest.mark.parametrize("arguments", [["--max-seconds", "0"], ["--nonsense"], ["deliver"], ["--cache", __file__]])
def test_a_wrong_command_line_is_refused(ready: Site, arguments: list[str]) -> None:
    result = ready.send(*arguments)

    assert result.exit == 2
    assert "Usage: simvue_sender" in result.err
