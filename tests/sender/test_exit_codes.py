"""Every exit code, provoked; and what each leaves behind for the passes that follow."""

import shutil
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server

import pytest

from simvue.core.lease import Holder, Identity, encode_claim
from tests.sender import raw
from tests.sender.site import Server, Site


def dead_letters(site: Site) -> list[Path]:
    return list((site.cache / "sender" / "dead").glob("*"))


def test_0_for_nothing_to_do_and_for_everything_done(ready: Site) -> None:
    codes = [ready.send("--json").exit]
    ready.journal().end()
    codes.append(ready.send().exit)

    assert codes == [0, 0]


@pytest.mark.requirement("DLV-038")
def test_10_when_time_is_up_and_the_rest_comes_in_the_next_pass(ready: Site, server: Server) -> None:
    journals = [ready.journal().steps(2).end() for _ in range(12)]
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 0.6, "times": 0})

    for _ in range(10):  # a slow machine has not finished any in its first second
        result = ready.send("--max-seconds", "1")
        assert (result.exit, result.err) == (10, "")
        assert result.seconds < 5
        if len(list(ready.journals.iterdir())) < 12:
            break

    assert 0 < len(list(ready.journals.iterdir())) < 12
    server.faults()
    ready.until_delivered()
    for journal in journals:
        server.holds(journal)


@pytest.mark.requirement("DLV-034", "DLV-036")
def test_10_when_a_run_has_to_wait(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(2).end()
    server.faults({"method": "POST", "path": "^/api/metrics$", "status": 503, "retry_after": 2})

    result = ready.send("--max-seconds", "1", "--json")

    assert result.exit == result.summary["exit"] == 10
    assert "503" in result.summary["waiting"][journal.run]
    assert len(server.requests("POST", "/metrics")) == 1
    ready.until_delivered()
    server.holds(journal)


@pytest.mark.requirement("DLV-031", "DLV-040", "RDR-002")
def test_20_when_records_are_refused_by_the_reader_and_by_the_server(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(20)
    refused = '{"kind":"metrics","seq":%d,"at":"2026-03-01T08:00:00Z","step":1,"values":{"bad!name":1.0}}\n'
    with journal.path.open("a") as file:
        file.write(refused % journal.lines)
        file.write("no record at all\n")
    journal.lines += 1
    journal.end()

    result = ready.send()

    assert result.exit == 20
    assert result.err.count("\n") == 1
    assert "2 records of 1 journal" in result.err
    assert "simvue_sender dead list" in result.err
    server.holds(journal)
    assert len(dead_letters(ready)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nurl = https://example.org\n", "no server token"),
        ("[server\nurl = x\n", "line 1"),
        ("[server]\nurl = example.org\ntoken = t\n", "https://"),
        ("[server]\nurl = http://127.0.0.1\ntoken = t\n[sender]\nmax_seconds = soon\n", "max_seconds = 50"),
    ],
    ids=["no token", "broken file", "no scheme", "no number"],
)
def test_30_names_the_file_and_the_fix(site: Site, text: str, said: str) -> None:
    site.environment["SIMVUE_OFFLINE_DIRECTORY"] = str(site.cache)
    site.journal().end()
    path = site.home / ".simvue.ini"
    path.write_text(text)
    path.chmod(0o600)

    result = site.send()

    assert (result.exit, result.out) == (30, "")
    assert str(path) in result.err
    assert said in result.err
    assert result.err.count("\n") == 1


@pytest.mark.requirement("DLV-032")
@pytest.mark.parametrize(("status", "where"), [(401, "version"), (403, "version"), (401, "runs$"), (403, "metrics$")])
def test_30_for_a_token_that_is_refused_and_delivery_when_it_is_mended(
    ready: Site, server: Server, status: int, where: str
) -> None:
    journal = ready.journal().steps(5).end()
    server.faults({"path": where, "status": status, "times": 0})

    result = ready.send()

    assert result.exit == 30
    assert result.err.count("\n") == 1
    assert str(status) in result.err
    assert "token" in result.err
    assert dead_letters(ready) == []
    server.faults()
    ready.until_delivered()
    server.holds(journal)


@pytest.mark.requirement("DLV-032", "DLV-047")
def test_30_for_the_wrong_token_itself(site: Site, server: Server) -> None:
    journal = site.journal().steps(5).end()
    site.configure(server.url, "another.wrong.token")

    result = site.send()

    assert (result.exit, dead_letters(site)) == (30, [])
    assert "another.wrong.token" not in result.err
    site.configure(server.url)
    site.until_delivered()
    server.holds(journal)


@pytest.mark.requirement("DLV-037")
@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect"])
def test_30_for_a_redirection_which_never_sees_the_token(site: Site, server: Server, status: str) -> None:
    journal = site.journal().steps(5).end()
    with (
        raw.answering("200 OK", body="{}") as (elsewhere, received),
        raw.answering(status, f"Location: {elsewhere}/api/version") as (url, _),
    ):
        site.configure(url)
        result = site.send()

    assert (result.exit, dead_letters(site), received) == (30, [], [])
    assert "redirection" in result.err
    site.configure(server.url)
    site.until_delivered()
    server.holds(journal)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_30_for_a_server_that_does_not_prove_who_it_is(site: Site, tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    ask = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    ask += ["-keyout", str(pem), "-out", f"{pem}.crt", "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(ask, check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + Path(f"{pem}.crt").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    site.journal().end()
    with create_server(("127.0.0.1", 0)) as listener:
        site.configure(f"https://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(OSError):  # noqa: PT012 - either of the two may end it
                context.wrap_socket(connection, server_side=True).recv(1)
                raise OSError("the client sent something")

        thread = threading.Thread(target=serve)
        thread.start()
        result = site.send()
        thread.join()

    assert result.exit == 30
    assert "did not prove who it is" in result.err
    assert "server_ca_cert" in result.err


@pytest.mark.requirement("DLV-005")
def test_40_when_the_state_cannot_be_written_and_nothing_is_sent(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(5).end()
    state = ready.cache / "sender"
    state.mkdir(mode=0o700)
    fill = f"mount -t tmpfs -o size=8k,mode=700 none '{state}' && head -c 8192 /dev/zero > '{state}/full'"
    namespace = ("unshare", "-m", "sh", "-c", f'{fill}; exec "$@"', "sh")
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")

    result = ready.send(before=namespace)

    assert (result.exit, result.out) == (40, "")
    assert result.err.count("\n") == 1
    assert "space" in result.err
    assert server.requests() == []
    ready.until_delivered()
    server.holds(journal)


@pytest.mark.requirement("DLV-005")
@pytest.mark.parametrize("blocks", [0, 1, 2, 4])
def test_40_at_whatever_size_the_state_stops_to_grow(ready: Site, server: Server, blocks: int) -> None:
    journal = ready.journal()
    for number in range(40):
        journal.append({"kind": "metadata", "values": {"n": number}})
    journal.steps(5).end()

    limited = ("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh")
    result = ready.send(before=limited)

    assert result.exit == 40
    assert len(server.runs(journal.run)) <= 1
    ready.until_delivered()
    server.holds(journal)
    changes = [row for row in server.requests("PUT", "/runs/") if not row["replayed"]]
    assert len(changes) == 40 + 1


@pytest.mark.requirement("DLV-001", "DLV-002", "DLV-078")
def test_50_when_another_sender_takes_over_in_the_middle(ready: Site, server: Server) -> None:
    journals = [ready.journal().steps(5).end() for _ in range(8)]
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 1.0, "times": 0})
    process = ready.start()
    leases = ready.cache / "sender" / "lease"
    while not server.requests("GET", "version"):
        time.sleep(0.02)

    epoch = max(int(path.name) for path in leases.iterdir() if path.name.isdecimal()) + 1
    other = Identity(host="login2", boot_id="b", pid_namespace="p", pid=1, start_ticks=1, uid=0)
    claim = encode_claim(epoch, Holder(identity=other, token="0" * 13, at=datetime.now(UTC)))
    (leases / f"{epoch:08d}").write_bytes(claim)
    (leases / f"{epoch:08d}").chmod(0o600)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 50
    assert "another sender has taken over" in err
    sent = len(server.requests("POST", "runs"))
    assert sent <= 4, "requests were begun after the lease was lost"
    (leases / f"{epoch:08d}").write_bytes(claim + b'{"released":"2026-01-01T00:00:00Z"}\n')
    server.faults()
    shutil.rmtree(leases)  # what the other sender's end and the next one's beginning would do
    ready.until_delivered()
    for journal in journals:
        server.holds(journal)


@pytest.mark.requirement("DLV-038")
def test_69_when_nobody_listens(site: Site) -> None:
    journal = site.journal().end()
    site.configure(f"http://127.0.0.1:{raw.free_port()}")

    result = site.send()

    assert (result.exit, dead_letters(site)) == (69, [])
    assert result.err.count("\n") == 1
    assert result.seconds < 5
    assert journal.path.exists()


@pytest.mark.requirement("DLV-038")
@pytest.mark.parametrize("kind", [raw.black_hole, raw.silent], ids=["dropped", "silent"])
def test_69_in_less_than_ten_seconds_when_nothing_comes_back(site: Site, kind) -> None:
    site.journal().end()
    with kind() as url:
        site.configure(url)

        result = site.send()

    assert result.exit == 69
    assert result.seconds < 10


def test_70_tells_a_defect_in_one_line_and_gives_the_lease_back(ready: Site, server: Server) -> None:
    ready.journal().end()
    ready.send()
    newest = max((ready.cache / "sender" / "state").iterdir())
    newest.write_bytes(newest.read_bytes() + b'{"note":"seen"}\n')  # a note that no version writes
    ready.journal().end()

    result = ready.send()

    assert result.exit == 70
    assert result.err.count("\n") == 1
    assert "Traceback" in ready.log()
