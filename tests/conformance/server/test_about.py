"""What the server says of itself, and how it answers what it does not know."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("path", ["/api/version", "/api/nosim/version", "/api/version/"])
def test_the_version_is_told_with_what_is_promised_about_keys(either, path):
    answer = either.get(path)

    assert answer == {"version": "1.2.16", "idempotency_key": True, "idempotency_window": 604_800}


def test_a_server_without_idempotency_says_so(make_local):
    assert make_local(idempotency=False).get("/api/version")["idempotency_key"] is False


def test_whoami_names_user_and_tenant(local):
    assert local.get("/api/whoami") == {"user": "user01", "tenant": "tenant01"}


def test_an_unknown_path_is_a_404_with_a_detail(either):
    status, answer = either.send("GET", "/api/no-such-thing")

    assert (status, answer) == (404, {"detail": "Not Found"})


def test_a_method_that_is_not_served_is_a_405(either):
    assert either.send("PUT", "/api/metrics", {})[0] == 405


def test_runs_are_counted_by_status(local):
    local.new_run(status="running")
    local.new_run(status="completed")

    counts = local.get("/api/stats")["runs"]

    assert (counts["running"], counts["completed"], counts["failed"]) == (1, 1, 0)


def test_the_server_imports_nothing_of_what_it_judges():
    judged = {"simvue", "simvue_sender", "orjson", "requests"}
    script = "import sys, simvue_conformance.server.cli; print(*{name.split('.')[0] for name in sys.modules})"

    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert not judged & set(output.split())
