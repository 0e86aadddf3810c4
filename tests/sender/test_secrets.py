"""The token is nowhere but in the request: not in outputs, logs, state, receipts or dead letters, come what may."""

import base64

import pytest

from tests.sender import raw
from tests.sender.site import CANARY, Result, Server, Site

FORMS = [CANARY.encode(), base64.b64encode(CANARY.encode())[:-4], repr(CANARY)[1:-1].encode()]


def assert_no_canary(site: Site, *results: Result) -> None:
    texts = {f"output {number}": (result.out + result.err).encode() for number, result in enumerate(results)}
    for place, data in (texts | site.files()).items():
        for form in FORMS:
            assert form not in data, place
    for path in site.home.parent.glob("simvue_sender-*/*"):
        assert CANARY.encode() not in path.read_bytes()


def test_the_search_finds_a_canary(site: Site) -> None:
    (site.cache / "leak").write_text(f"Authorization: Bearer {CANARY}")

    with pytest.raises(AssertionError, match="leak"):
        assert_no_canary(site)


@pytest.mark.requirement("DLV-047")
def test_a_delivery_leaves_no_token(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(3).append({"kind": "metadata", "values": {"a": 1}})
    server.faults({"method": "PUT", "path": "^/api/runs", "status": 422})
    results = [ready.send("--verbose"), ready.send("--json")]
    journal.end()
    (ready.home / ".simvue.ini").chmod(0o644)
    results += [
        ready.send("--verbose"),
        ready.send("dead", "list", "--json"),
        ready.send("dead", "show", journal.identity),
    ]

    assert results[0].exit == 20
    assert_no_canary(ready, *results)
    assert "POST /metrics" in ready.log()


@pytest.mark.requirement("DLV-047", "DLV-048")
@pytest.mark.parametrize("status", ["200 OK", "302 Found", "401 No", "500 Broken"])
def test_a_server_that_repeats_what_it_was_sent_does_not_make_us_repeat_it(site: Site, status: str) -> None:
    site.journal().steps(3).end()
    with raw.answering(status, f"X-Token: {CANARY}", echo=True) as (url, received):
        site.configure(url)
        results = [site.send("--verbose"), site.send("--json")]

    assert CANARY.encode() in received[0], "the server was not sent the token, so this shows nothing"
    assert {result.exit for result in results} <= {30, 69}
    assert_no_canary(site, *results)


@pytest.mark.requirement("DLV-047")
def test_a_refusal_that_repeats_the_token_is_kept_without_it(ready: Site, server: Server) -> None:
    journal = ready.journal().append({"kind": "metadata", "values": {"a": 1}}).end()
    server.faults(
        {"method": "PUT", "path": "^/api/runs", "status": 422, "body": {"detail": f"Bearer {CANARY} \x1b[2J is wrong"}}
    )

    results = [ready.send("--verbose"), ready.send("dead", "list"), ready.send("dead", "show", journal.identity)]

    assert "[token]" in results[1].out
    assert "\x1b" not in "".join(result.out + result.err for result in results)
    assert_no_canary(ready, *results)


@pytest.mark.requirement("DLV-047")
def test_a_defect_shows_no_token(ready: Site) -> None:
    ready.journal().end()
    ready.send()
    newest = max((ready.cache / "sender" / "state").iterdir())
    newest.write_bytes(newest.read_bytes() + b'{"note":"seen"}\n')
    ready.journal().end()

    result = ready.send("--verbose")

    assert result.exit == 70
    assert "Traceback" in result.err
    assert_no_canary(ready, result)


@pytest.mark.requirement("DLV-047")
@pytest.mark.parametrize(
    "text",
    [
        "[server]\nurl = https://user:{}@example.org\ntoken = \u00fc{}\n",
        "[server]\n{}\n",
        "[server]\nurl = x\ntoken = {} {}\n",
        "{}\n",
        "[server]\nurl = {}\ntoken = t\n",
        "[server]\nurl = https://127.0.0.1:1\ntoken = {}\n  {}\n",
    ],
)
def test_a_broken_configuration_shows_no_token(site: Site, text: str) -> None:
    site.environment["SIMVUE_OFFLINE_DIRECTORY"] = str(site.cache)
    site.journal().end()
    (site.home / ".simvue.ini").write_text(text.replace("{}", CANARY))

    results = [site.send("--verbose"), site.send("--json")]

    assert {result.exit for result in results} == {30}
    assert_no_canary(site, *results)


def test_what_the_sender_writes_is_for_its_user_alone(ready: Site) -> None:
    ready.journal().end()
    ready.send("--verbose")

    receipts = (ready.cache / "delivered").glob("*.receipt.json")
    written = [*(ready.cache / "sender").rglob("*"), *receipts]

    assert len(written) > 4
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_the_log_is_rotated(ready: Site) -> None:
    ready.journal().end()
    ready.send()
    log = ready.cache / "sender" / "sender.log"
    log.write_bytes(b"x" * (1024 * 1024))
    ready.journal().end()

    ready.send()

    assert log.stat().st_size < 100_000
    assert (log.parent / "sender.log.1").stat().st_size == 1024 * 1024
