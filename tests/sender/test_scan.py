"""Which files are journals, and what becomes of those that are moved, copied, replaced or removed."""

import gzip
import json
import os
import shutil
import socket
import time
import uuid
from pathlib import Path

import pytest

from tests.sender.site import Journal, Server, Site


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.is_symlink()}


@pytest.mark.requirement("JRN-003", "DLV-045")
def test_what_is_no_plain_file_of_ours_is_reported_and_never_read(ready: Site, server: Server, tmp_path: Path) -> None:
    good = ready.journal().steps(1).end()
    victim = ready.journal().steps(1)
    elsewhere = tmp_path / "elsewhere.jsonl"
    victim.path.rename(elsewhere)
    (ready.journals / "symlink.jsonl").symlink_to(elsewhere)
    os.link(elsewhere, ready.journals / "hardlink.jsonl")
    os.mkfifo(ready.journals / "pipe.jsonl")
    (ready.journals / "directory.jsonl").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(ready.journals / "socket.jsonl"))
    names = {"symlink.jsonl", "hardlink.jsonl", "pipe.jsonl", "directory.jsonl", "socket.jsonl"}
    if os.geteuid() == 0:
        foreign = ready.journal(name="foreign").steps(1)
        os.chown(foreign.path, 12345, 12345)
        names.add("foreign.jsonl")

    result = ready.send("--json")

    assert result.exit == 0
    assert set(result.summary["troubles"]) == names
    server.holds(good)
    assert server.runs(victim.run) == []
    assert {path.name for path in ready.journals.iterdir()} == names


@pytest.mark.requirement("JRN-001", "JRN-003")
def test_other_names_are_passed_over(ready: Site, server: Server) -> None:
    names = (".hidden", "with blank", "umlaut-\u00e4", "x" * 95)
    journals = [ready.journal(name=name).end() for name in names]
    longest = ready.journal(name="x" * 94).end()

    result = ready.send("--json")

    assert result.summary["troubles"] == {}
    assert all(server.runs(journal.run) == [] for journal in journals)
    assert all(journal.path.exists() for journal in journals)
    server.holds(longest)


@pytest.mark.requirement("JRN-010", "JRN-024", "RDR-012", "DLV-006")
def test_what_cannot_be_read_is_left_untouched_and_reported(ready: Site, server: Server) -> None:
    good = ready.journal().end()
    header = json.loads(ready.journal(name="x").path.read_text().splitlines()[0])
    (ready.journals / "x.jsonl").unlink()
    files = {
        "gzip.jsonl": gzip.compress(b'{"kind":"header"}\n' * 10),
        "text.jsonl": b"step 1\nstep 2\n",
        "no-header.jsonl": b'{"kind":"metrics","at":"2026-03-01T08:00:00Z","values":{"a":1}}\n',
        "bom.jsonl": b"\xef\xbb\xbf" + json.dumps(header).encode() + b"\n",
        "major.jsonl": json.dumps(header | {"version": "2.0", "journal": str(uuid.uuid4())}).encode() + b"\n",
        "requires.jsonl": json.dumps(header | {"requires": ["more"], "journal": str(uuid.uuid4())}).encode() + b"\n",
    }
    for name, data in files.items():
        (ready.journals / name).write_bytes(data)

    results = [ready.send("--json"), ready.send("--json")]

    server.holds(good)
    for result in results:
        assert set(result.summary["troubles"]) == set(files)
    assert content(ready.journals) == files
    assert len(server.requests("POST", "/runs")) == 1


def test_a_header_that_is_not_complete_yet_is_waited_for(ready: Site, server: Server) -> None:
    journal = ready.journal()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:40])

    early = ready.send("--json")
    journal.path.write_bytes(whole)
    journal.steps(2).end()
    ready.send()

    assert (early.exit, early.summary["troubles"]) == (0, {})
    assert early.summary["incomplete"] == [journal.path.name]
    server.holds(journal)


def move(journal: Journal, path: Path) -> None:
    journal.path.rename(path)
    journal.path = path


def test_a_journal_that_was_renamed_is_read_on(ready: Site, server: Server) -> None:
    journal = ready.journal(name="before").steps(10)
    ready.send()

    move(journal, ready.journals / "after.jsonl")
    journal.steps(10, start=10).end()
    result = ready.send()

    assert (result.exit, result.err) == (0, "")
    server.holds(journal)


@pytest.mark.requirement("JRN-014")
def test_a_copy_is_reported_and_sent_once(ready: Site, server: Server) -> None:
    journal = ready.journal(name="one").steps(10)
    ready.send()
    shutil.copy(journal.path, ready.journals / "two.jsonl")

    result = ready.send()

    assert "two.jsonl: it bears the identity of one.jsonl" in result.err
    journal.steps(1, start=10).end()
    ready.send()
    server.holds(journal)
    assert [path.name for path in ready.journals.iterdir()] == ["two.jsonl"]


def test_a_copy_that_comes_after_the_delivery_is_not_sent_again(ready: Site, server: Server) -> None:
    journal = ready.journal(name="one").steps(10).end()
    copy = journal.path.read_bytes()
    ready.send()
    (ready.journals / "two.jsonl").write_bytes(copy)

    ready.send()

    server.holds(journal)


def test_a_name_that_was_given_to_another_journal_loses_neither(ready: Site, server: Server) -> None:
    old = ready.journal(name="log").steps(30)
    ready.send()
    move(old, ready.journals / "log-old.jsonl")
    new = ready.journal(name="log").steps(2).end()
    old.steps(1, start=30).end()

    results = [ready.send(), ready.send()]

    assert [result.err for result in results] == ["", ""]
    server.holds(old)
    server.holds(new)


@pytest.mark.parametrize("steps", [1, 100], ids=["shorter", "longer"])
def test_a_journal_in_the_place_of_another_is_delivered_and_the_loss_reported(
    ready: Site, server: Server, steps: int
) -> None:
    old = ready.journal(name="log").steps(30)
    ready.send()
    old.path.unlink()
    new = ready.journal(name="log").steps(steps).end()

    said = "".join(ready.send().err for _ in range(3))

    server.holds(old)
    server.holds(new)
    assert "another journal has taken its place" in said
    assert list(ready.journals.iterdir()) == []


def test_a_journal_that_was_never_delivered_is_not_mixed_up_with_its_successor(site: Site, server: Server) -> None:
    site.configure(server.url)
    old = site.journal(name="log", create=False).steps(3)
    site.send()
    old.path.unlink()
    new = site.journal(name="log").steps(50).end()

    site.send()
    site.send()

    server.holds(new)
    assert server.run(new.run)["metadata"]["simvue"]["journal"] == new.identity
    assert server.runs(old.run) == []


def test_a_journal_that_was_removed_is_reported_with_what_is_missing(ready: Site, server: Server) -> None:
    journal = ready.journal(name="gone").steps(3)
    other = ready.journal().steps(3)
    ready.send()
    size = journal.path.stat().st_size
    journal.path.unlink()
    other.end()

    result = ready.send()

    assert result.err.count("\n") == 1
    assert f"gone.jsonl: it has disappeared: {size} of {size} bytes" in result.err
    server.holds(other)


def test_a_removed_journal_is_forgotten_in_the_end_and_read_on_if_it_comes_back(site: Site, server: Server) -> None:
    site.configure(server.url, more="[sender]\nstale_after_hours = 0.0003\n")  # 1 s
    journal = site.journal(name="gone").steps(3)
    site.send()
    content = journal.path.read_bytes()
    journal.path.unlink()
    site.send()
    time.sleep(1.2)
    site.send()
    assert site.summary()["journals"] == 0

    journal.path.write_bytes(content)
    journal.steps(2, start=3).end()
    site.send()

    server.holds(journal)


@pytest.mark.requirement("DLV-007", "DLV-008")
@pytest.mark.parametrize("how", ["truncated and rewritten", "edited in place"])
def test_a_rewritten_journal_is_kept_and_reported_and_never_sent_again(ready: Site, server: Server, how: str) -> None:
    journal = ready.journal().steps(30)
    ready.send()
    before = journal.metrics.copy()
    if how == "edited in place":
        journal.path.write_bytes(journal.path.read_bytes().replace(b'"r":29', b'"r":99'))
    else:
        lines = journal.path.read_bytes().splitlines(keepends=True)
        journal.path.write_bytes(b"".join([*lines[:2], *reversed(lines[2:])]))
    journal.steps(5, start=30)

    results = [ready.send("--json"), ready.send("--json")]

    for result in results:
        assert "rewritten" in result.summary["troubles"][journal.path.name]
    assert server.metrics(journal.run) == before
    assert journal.path.exists()


@pytest.mark.requirement("DLV-019")
def test_a_damaged_receipt_keeps_its_journal_back_and_no_other(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(1).end()
    data = journal.path.read_bytes()
    ready.send()
    journal.path.write_bytes(data)
    (ready.cache / "delivered" / f"{journal.identity}.receipt.json").write_text("{")
    other = ready.journal().steps(1).end()

    result = ready.send("--json")

    server.holds(other)
    server.holds(journal)
    assert "what the sender remembers" in result.summary["troubles"][journal.path.name]
