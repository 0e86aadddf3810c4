"""What cron mails: nothing while all is well, one line when somebody should know, and again after a day."""

import json
import time
from pathlib import Path

import pytest

from simvue_sender.told import AGAIN, news
from tests.sender import raw
from tests.sender.site import Server, Site


def let_a_day_pass(site: Site) -> None:
    """Set back what people were told, and what the idle note says, by a day."""
    for path in [site.cache / "sender" / "told.json", *site.home.parent.glob("simvue_sender-*/*.json")]:
        if path.exists():
            told = json.loads(path.read_text())
            path.write_text(json.dumps({cause: when - AGAIN for cause, when in told.items()}))
    idle = site.cache / "sender" / "idle"
    if idle.exists():
        until, *remarks = idle.read_text().splitlines()
        idle.write_text("\n".join([str(float(until) - AGAIN), *remarks]) + "\n")


def lines(site: Site) -> int:
    return site.send().err.count("\n")


def test_a_server_that_is_away_is_told_once_a_day_and_again_when_it_comes_back(site: Site, server: Server) -> None:
    site.journal().steps(1)
    nowhere = f"http://127.0.0.1:{raw.free_port()}"
    site.configure(nowhere)

    counts = [lines(site), lines(site), lines(site)]
    let_a_day_pass(site)
    counts += [lines(site), lines(site)]
    site.configure(server.url)
    counts.append(lines(site))
    site.configure(nowhere)
    counts += [lines(site), lines(site)]

    assert counts == [1, 0, 0, 1, 0, 0, 1, 0]


def test_dead_letters_are_told_once_and_remembered_daily_until_somebody_has_seen_to_them(
    ready: Site, server: Server
) -> None:
    journal = ready.journal()
    with journal.path.open("a") as file:
        file.write("nonsense\n")
    journal.end()

    counts = [lines(ready), lines(ready)]
    let_a_day_pass(ready)
    counts += [lines(ready), lines(ready)]
    ready.send("dead", "drop", journal.identity)
    let_a_day_pass(ready)
    counts += [lines(ready), lines(ready)]

    assert counts == [1, 0, 1, 0, 0, 0]


def test_a_program_that_writes_rubbish_for_hours_is_told_once(ready: Site) -> None:
    journal = ready.journal()
    results = []
    for number in range(3):
        with journal.path.open("a") as file:
            file.write(f"nonsense {number}\n")
        results.append(ready.send())

    assert [result.exit for result in results] == [20, 20, 20]
    assert [result.err.count("\n") for result in results] == [1, 0, 0]


def test_a_token_open_to_others_is_told_with_the_command_that_helps_once_a_day(ready: Site) -> None:
    path = ready.home / ".simvue.ini"
    path.chmod(0o644)
    ready.journal().end()

    first = ready.send()
    counts = [lines(ready), lines(ready)]
    let_a_day_pass(ready)
    counts += [lines(ready), lines(ready)]
    path.chmod(0o600)
    counts.append(lines(ready))
    path.chmod(0o644)
    counts += [lines(ready), lines(ready)]

    assert first.exit == 0
    assert first.err.count("\n") == 1
    assert f"chmod 600 {path}" in first.err
    assert counts == [0, 0, 1, 0, 0, 1, 0]


def test_remarks_are_in_the_json_and_on_standard_error_with_verbose(ready: Site) -> None:
    (ready.home / ".simvue.ini").chmod(0o644)

    said = ready.summary()["notes"], ready.send("--verbose").err, ready.send("--verbose").err

    assert "chmod 600" in said[0][0]
    assert all("chmod 600" in text for text in said[1:])


def test_a_configuration_that_cannot_be_read_is_told_once_a_day(site: Site) -> None:
    (site.home / ".simvue.ini").write_text("[server\n")

    results = [site.send(), site.send()]
    let_a_day_pass(site)
    results.append(site.send())

    assert [result.exit for result in results] == [30, 30, 30]
    assert [result.err.count("\n") for result in results] == [1, 0, 1]


def test_a_state_that_cannot_be_written_is_told_once_a_day(ready: Site) -> None:
    ready.journal().end()
    (ready.cache / "sender").write_text("in the way")

    results = [ready.send(), ready.send()]
    let_a_day_pass(ready)
    results.append(ready.send())

    assert [result.exit for result in results] == [40, 40, 40]
    assert [result.err.count("\n") for result in results] == [1, 0, 1]


def test_many_causes_make_a_short_mail(ready: Site) -> None:
    for number in range(20):
        (ready.journals / f"{number}.jsonl").write_text("not a journal\n")

    result = ready.send()

    assert result.err.count("\n") == 5
    assert "16 more such lines" in result.err
    assert lines(ready) == 0


def test_another_sender_at_work_is_no_news(ready: Site, server: Server) -> None:
    ready.journal().end()
    server.faults({"path": "version", "delay": 2})
    first = ready.start()
    time.sleep(1)

    second = ready.send()

    assert (second.exit, second.out, second.err) == (0, "", "")
    first.communicate()


def test_the_temporary_directory_of_someone_else_is_not_written_to(site: Site, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (tmp_path / "simvue_sender-0").symlink_to(trap)
    (site.home / ".simvue.ini").write_text("[server\n")

    site.send()

    assert list(trap.iterdir()) == []


@pytest.mark.parametrize(
    ("told", "complete", "expected_lines", "expected_told"),
    [
        ({}, True, ["x"], {"x": 100.0}),
        ({"x": 50.0}, True, [], {"x": 50.0}),
        ({"x": 100.0 - AGAIN}, True, ["x"], {"x": 100.0}),
        ({"x": 101.0 + AGAIN}, True, ["x"], {"x": 100.0}),
        ({"x": 50.0, "y": 50.0}, True, [], {"x": 50.0}),
        ({"x": 50.0, "y": 50.0}, False, [], {"x": 50.0, "y": 50.0}),
        ({"x": 50.0, "y": 50.0 - AGAIN}, False, [], {"x": 50.0}),
    ],
    ids=["new", "known", "a day old", "clock set back", "gone", "perhaps gone", "forgotten after a day"],
)
def test_news_is_what_is_new_or_a_day_old(told, complete, expected_lines, expected_told) -> None:
    said, kept = news({"x": "x"}, told, 100.0, complete=complete)

    assert (said, kept) == (expected_lines, expected_told)
