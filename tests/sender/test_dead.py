"""Dead letters as a person meets them: listed, looked at, sent again, let go."""

import json

import pytest

from tests.sender.site import Journal, Server, Site


@pytest.fixture
def refused(ready: Site, server: Server) -> Journal:
    """A delivered journal whose alert the server refused, though it would take it now."""
    journal = ready.journal().steps(3).append({"kind": "metadata", "values": {"mesh": 7}}).end()
    server.faults({"method": "PUT", "path": "^/api/runs/", "status": 422, "body": {"detail": "not today"}})
    assert ready.send().exit == 20
    server.faults()
    return journal


def listed(site: Site, *more: str) -> list[dict[str, object]]:
    result = site.send("dead", "list", "--json", *more)
    assert result.exit == 0
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.mark.requirement("DLV-031", "DLV-040")
def test_a_refused_record_is_listed_with_the_reason_and_shown_with_its_bytes(ready: Site, refused: Journal) -> None:
    line = ready.send("dead", "list")
    shown = ready.send("dead", "show", refused.identity)

    assert line.out.count("\n") == 1
    assert refused.identity in line.out
    assert "refused by the server: 422 not today" in line.out
    assert '"values":{"mesh":7}' in shown.out
    row = listed(ready)[0]
    assert row["raw"].strip() == refused.path.name or '"mesh":7' in row["raw"]
    assert row["run"] == refused.run


def test_a_retried_record_is_delivered_and_counted_and_its_journal_put_away_again(
    ready: Site, server: Server, refused: Journal
) -> None:
    before = ready.receipt(refused)
    said = ready.send("dead", "retry", refused.identity)
    assert (said.exit, said.out) == (0, "1 dead letter will be sent again in the next pass\n")

    result = ready.send("--json")

    assert result.exit == 0
    assert result.summary["delivered"] == {"metadata": 1}
    assert server.run(refused.run)["metadata"]["mesh"] == 7
    server.holds(refused)
    assert listed(ready) == []
    assert [row["state"] for row in listed(ready, "--all")] == ["delivered"]
    after = ready.receipt(refused)
    assert sum(after["bytes"].values()) == after["size"] == before["size"]
    assert (before["dead_letters"], after["dead_letters"]) == (1, 0)
    assert list(ready.journals.iterdir()) == []


def test_a_record_that_is_refused_again_is_a_dead_letter_again(ready: Site, server: Server, refused: Journal) -> None:
    ready.send("dead", "retry", refused.identity)
    server.faults({"method": "PUT", "path": "^/api/runs/", "status": 422, "body": {"detail": "never"}})

    assert ready.send().exit == 20

    assert [(row["state"], row["reason"]) for row in listed(ready)] == [("kept", "422 never")]
    assert ready.receipt(refused)["dead_letters"] == 1


def test_asking_twice_counts_once(ready: Site, server: Server, refused: Journal) -> None:
    first = ready.send("dead", "retry", refused.identity, "--json")
    second = ready.send("dead", "retry", refused.identity)
    ready.send()

    assert (first.exit, first.out) == (0, '{"count":1}\n')
    assert second.exit == 30
    assert "no dead letter that waits" in second.err
    assert ready.receipt(refused)["dead_letters"] == 0
    assert server.run(refused.run)["metadata"]["mesh"] == 7


def test_a_record_of_a_live_journal_is_retried_among_new_ones(ready: Site, server: Server) -> None:
    journal = ready.journal().append({"kind": "metadata", "values": {"mesh": 7}}).steps(2)
    server.faults({"method": "PUT", "path": "^/api/runs/", "status": 400})
    ready.send()
    server.faults()

    ready.send("dead", "retry", journal.identity)
    journal.steps(2, start=2).end()
    ready.until_delivered()

    assert server.run(journal.run)["metadata"]["mesh"] == 7
    server.holds(journal)
    assert ready.receipt(journal)["dead_letters"] == 0


def test_a_letter_that_the_reader_refused_cannot_be_retried_and_says_so(ready: Site) -> None:
    journal = ready.journal()
    offset = journal.path.stat().st_size
    with journal.path.open("a") as file:
        file.write('{"kind":"metrics","values":{"a":.5}}\n')
    journal.end()
    ready.send()

    result = ready.send("dead", "retry", journal.identity, str(offset))

    assert (result.exit, result.out) == (30, "")
    assert "no valid records" in result.err
    assert f"dead drop {journal.identity}" in result.err


def test_a_dropped_letter_is_seen_to_but_not_forgotten(ready: Site, refused: Journal) -> None:
    offset = str(listed(ready)[0]["offset"])

    wrong = ready.send("dead", "drop", refused.identity, "1")
    right = ready.send("dead", "drop", refused.identity, offset)

    assert (wrong.exit, right.exit) == (30, 0)
    assert listed(ready) == []
    assert [row["state"] for row in listed(ready, "--all")] == ["dropped"]
    assert ready.send("dead", "list").out == "no dead letters wait to be seen to\n"


def test_a_journal_without_dead_letters_is_an_error_that_says_where_to_look(ready: Site) -> None:
    for command in ("show", "retry", "drop"):
        result = ready.send("dead", command, "no-such-journal")
        assert (result.exit, result.out) == (30, "")
        assert "list" in result.err


def test_a_retry_after_the_journal_was_deleted_says_so(ready: Site, refused: Journal) -> None:
    (ready.cache / "delivered" / f"{refused.identity}.jsonl").unlink()

    result = ready.send("dead", "retry", refused.identity)

    assert result.exit == 30
    assert "no longer in the cache" in result.err


def test_a_retry_while_a_sender_is_at_work_is_refused_and_says_who_it_is(
    ready: Site, server: Server, refused: Journal
) -> None:
    ready.journal().end()
    server.faults({"path": "version", "delay": 3})
    server.mark()
    process = ready.start()
    while not server.requests("GET", "version"):
        pass

    result = ready.send("dead", "retry", refused.identity)
    process.communicate()

    assert result.exit == 30
    assert f"process {process.pid}" in result.err


@pytest.mark.requirement("DLV-048")
def test_what_a_journal_says_cannot_steer_the_terminal(ready: Site) -> None:
    journal = ready.journal()
    with journal.path.open("ab") as file:
        file.write(b"\x1b]0;owned\x07 \x1b[2J\xe2\x80\xae nonsense \xff\n")
    journal.end()

    said = [
        ready.send("--verbose").err,
        ready.send("dead", "list").out,
        ready.send("dead", "show", journal.identity).out,
    ]

    for text in [*said, ready.log()]:
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "nonsense" in said[2]
