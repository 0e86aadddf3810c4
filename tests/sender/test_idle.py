"""Most passes find nothing to do, and cost next to nothing."""

import shutil
import subprocess
import sys
import time

import pytest

from tests.sender.site import COMMAND, Server, Site

HEAVY = ["click", "requests", "urllib3", "fastjsonschema", "orjson", "ormsgpack", "logging", "simvue_sender.sweep"]


def imports_of_a_pass(site: Site) -> set[str]:
    process = subprocess.run(
        [sys.executable, "-X", "importtime", str(COMMAND)],
        env=site.environment,
        cwd=site.home,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return {line.rpartition("|")[2].strip() for line in process.stderr.splitlines()}


@pytest.fixture
def idle(ready: Site, server: Server) -> Site:
    """A site with nothing to do, and a thousand delivered journals."""
    journal = ready.journal().end()
    ready.send()
    receipt = ready.cache / "delivered" / f"{journal.identity}.receipt.json"
    for number in range(1000):
        shutil.copy(receipt, receipt.with_name(f"delivered-{number:04d}.receipt.json"))
        shutil.copy(
            ready.cache / "delivered" / f"{journal.identity}.jsonl", receipt.with_name(f"delivered-{number:04d}.jsonl")
        )
    server.mark()
    return ready


def test_an_idle_pass_touches_nothing_and_loads_nothing(idle: Site, server: Server) -> None:
    before = {path: path.stat().st_mtime_ns for path in idle.cache.rglob("*")}

    loaded = imports_of_a_pass(idle)

    assert "simvue.config" in loaded, "the list of imports was not read"
    assert loaded.isdisjoint(HEAVY)
    assert {path: path.stat().st_mtime_ns for path in idle.cache.rglob("*")} == before
    assert server.requests() == []


def test_a_cache_that_was_never_used_stays_untouched(ready: Site) -> None:
    assert ready.send().exit == 0

    assert list(ready.cache.rglob("*")) == [ready.journals]


@pytest.mark.requirement("JRN-001")
def test_names_that_are_no_journals_do_not_keep_cron_awake(idle: Site) -> None:
    for name in (".nfs0000000012", ".hidden.jsonl", "notes.txt", "x.jsonl.tmp"):
        (idle.journals / name).write_text("x")

    assert imports_of_a_pass(idle).isdisjoint(HEAVY)


def test_a_new_journal_wakes_the_sender(idle: Site, server: Server) -> None:
    journal = idle.journal().steps(1).end()

    assert idle.send().exit == 0

    server.holds(journal)


def test_the_end_of_a_retention_wakes_the_sender(site: Site, server: Server) -> None:
    site.configure(server.url, more="[sender]\nretention_days = 0.00002\n")  # 1.7 s
    journal = site.journal().end()
    site.send()
    put_away = site.cache / "delivered" / f"{journal.identity}.jsonl"
    assert put_away.exists()

    time.sleep(2)
    site.send()

    assert not put_away.exists()
    assert site.receipt(journal)["journal"] == journal.identity


def test_a_journal_that_was_removed_wakes_the_sender(ready: Site) -> None:
    journal = ready.journal().steps(1)
    ready.send()
    journal.path.unlink()

    result = ready.send()

    assert "it has disappeared" in result.err


def test_a_pass_that_was_killed_is_followed_by_a_whole_one(idle: Site, server: Server) -> None:
    journal = idle.journal().steps(1)
    server.faults({"path": "version", "delay": 5})
    process = idle.start()
    while not (idle.cache / "sender" / "state").exists() or not server.requests("GET", "version"):
        time.sleep(0.02)
    process.kill()
    process.communicate()
    journal.path.unlink()

    loaded = imports_of_a_pass(idle)

    assert "simvue_sender.sweep" in loaded


@pytest.mark.parametrize("form", [["--cache", "{}"], ["--cache={}"]])
def test_naming_the_cache_is_as_cheap(idle: Site, form: list[str]) -> None:
    arguments = [part.format(idle.cache) for part in form]
    process = subprocess.run(
        [sys.executable, "-X", "importtime", str(COMMAND), *arguments],
        env=idle.environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=idle.home,
        stdin=subprocess.DEVNULL,
    )

    assert "simvue.config" in process.stderr
    assert "simvue_sender.sweep" not in process.stderr


def test_both_names_of_the_command_are_installed() -> None:
    for name in ("simvue_sender", "simvue-sender"):
        said = subprocess.run([COMMAND.with_name(name), "--version"], capture_output=True, text=True, check=True)
        assert said.stdout.startswith("simvue_sender, version")
