"""When a delivered journal goes, and what brings it back."""

import os
import time

import pytest

from tests.sender.site import Server, Site

RETENTION = "[sender]\nretention_days = 0.00002\n"  # 1.7 s


def age(site: Site) -> None:
    """Let the retention of everything end."""
    time.sleep(1.8)


@pytest.mark.requirement("DLV-042")
def test_a_delivered_journal_is_kept_until_its_retention_ends(ready: Site, site: Site, server: Server) -> None:
    journal = ready.journal().end()
    data = journal.path.read_bytes()
    ready.send()
    kept = ready.cache / "delivered" / f"{journal.identity}.jsonl"

    for _ in range(2):
        ready.journal().end()
        ready.send()

    assert kept.read_bytes() == data
    assert ready.summary()["expired"] == 0


@pytest.mark.requirement("DLV-041")
def test_a_journal_with_dead_letters_stays_until_somebody_has_seen_to_them(site: Site, server: Server) -> None:
    site.configure(server.url, more=RETENTION)
    journal = site.journal()
    with journal.path.open("a") as file:
        file.write("nonsense\n")
    journal.end()
    site.send()
    kept = site.cache / "delivered" / f"{journal.identity}.jsonl"
    age(site)
    site.send("--json")
    assert kept.exists()

    site.send("dead", "drop", journal.identity)
    retention = site.cache / "sender" / "retention.json"
    assert retention.exists(), "nobody would look at it again"
    retention.write_text('{"next":"2020-01-01T00:00:00+00:00"}')
    site.send("--json")

    assert not kept.exists()


@pytest.mark.requirement("DLV-042")
def test_a_journal_that_grew_after_its_delivery_is_read_on_without_duplicates(site: Site, server: Server) -> None:
    site.configure(server.url, more=RETENTION)
    journal = site.journal(name="log").steps(5).end()
    descriptor = os.open(journal.path, os.O_WRONLY | os.O_APPEND)  # the program has it open and goes on
    site.send()
    os.write(descriptor, journal.line({"kind": "metrics", "step": 5, "values": {"r": 5}}))
    os.close(descriptor)
    taken = site.journal(name="log").steps(1).end()  # by now the name is another's
    age(site)

    results = [site.send() for _ in range(3)]

    assert [result.exit for result in results] == [0, 0, 0]
    server.holds(journal)
    server.holds(taken)


def test_growth_is_noticed_within_a_day_however_long_the_retention(ready: Site, server: Server) -> None:
    ready.journal().end()
    ready.send()

    until = float((ready.cache / "sender" / "idle").read_text().splitlines()[0])

    assert 0 < until - time.time() <= 86_400


@pytest.mark.requirement("DLV-043", "RDR-001")
def test_the_bytes_of_a_receipt_add_up_whatever_the_journal_holds(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(3).say("x")
    replay = journal.path.read_bytes().splitlines(keepends=True)[-1]
    with journal.path.open("ab") as file:
        file.write(b"\n  \nnonsense\n" + replay)
        file.write(journal.line({"kind": "x-mine", "what": 1}))
        file.write(journal.line({"kind": "metrics", "step": 9, "values": {"bad!name": 1.0}}))
    journal.end()
    with journal.path.open("ab") as file:
        file.write(b'{"kind":"metr')

    ready.send()

    receipt = ready.receipt(journal)
    assert sum(receipt["bytes"].values()) == receipt["size"]
    assert all(receipt["bytes"][verdict] > 0 for verdict in ("delivered", "dead", "separators", "skipped", "torn"))
    assert receipt["dead_letters"] == 3
