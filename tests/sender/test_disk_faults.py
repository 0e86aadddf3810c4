"""System calls that fail under the sender, one after the other: it stops, and nothing is sent twice."""

import shutil
import subprocess

import pytest

from tests.sender.site import Server, Site


def injecting(site: Site, call: str, error: str, when: str) -> tuple[str, ...]:
    """Return a prefix for a command, in which the calls `when` on the sender's own files fail."""
    state = site.cache / "sender"
    (state / "state").mkdir(parents=True, exist_ok=True, mode=0o700)
    inject = f"inject={call}:error={error}:when={when}"
    return ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)


def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.requirement("DLV-005", "DLV-010", "DLV-012")
@pytest.mark.parametrize(
    ("error", "number"),
    [("EIO", 1), ("EIO", 2), ("ENOSPC", 3), ("EIO", 5), ("ENOSPC", 7), ("EIO", 9), ("ENOSPC", 12)],
)
def test_a_device_that_fails_to_keep_the_state_ends_the_pass_before_anything_is_sent_twice(
    ready: Site, server: Server, error: str, number: int
) -> None:
    if not can_trace():
        pytest.fail("this test needs strace and the right to trace: apt-get install strace")
    journal = ready.journal().steps(5).say("x").append({"kind": "metadata", "values": {"n": 1}}).end()

    result = ready.send(before=injecting(ready, "fsync", error, f"{number}+"))
    sent = [row for row in server.requests("P") if "heartbeat" not in row["path"]]

    assert result.exit == 40, result
    assert result.err.count("\n") == 1
    assert len(sent) <= number, "something was sent without its intent on the device"
    ready.until_delivered()
    server.holds(journal)
    keys = [row["idempotency_key"] for row in server.requests("POST") if not row["replayed"] and row["status"] == 200]
    assert len(keys) == len(set(keys))


@pytest.mark.requirement("DLV-005")
@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_failed_write_of_the_state_ends_the_pass(ready: Site, server: Server, number: int) -> None:
    if not can_trace():
        pytest.fail("this test needs strace and the right to trace: apt-get install strace")
    ready.journal().end()
    ready.send()
    journal = ready.journal().steps(5).say("x").end()
    tracing = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(next_state(ready)), "-e", "trace=write")

    result = ready.send(before=(*tracing, "-e", f"inject=write:error=ENOSPC:when={number}+"))

    assert result.exit == 40, result
    ready.until_delivered()
    server.holds(journal)
    assert len(server.runs(journal.run)) == 1


def next_state(site: Site):
    states = site.cache / "sender" / "state"
    leases = [int(path.name) for path in (site.cache / "sender" / "lease").iterdir() if path.name.isdecimal()]
    return states / f"{max(leases) + 1:08d}.jsonl"
