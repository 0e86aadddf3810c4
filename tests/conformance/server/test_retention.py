"""What time alone does: runs whose retention is over are gone, with all they held."""

import pytest
from sqlalchemy import event

CONTENT = b"content"
CHECKSUM = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"


def _is_there(api, run):
    return api.send("GET", f"/api/runs/{run}")[0] == 200


def test_a_run_goes_when_its_seconds_after_the_end_are_over(local, clock):
    run = local.new_run(status="running", ttl=60)
    clock.seconds += 1000
    local.put(f"/api/runs/{run}", {"status": "completed"})

    clock.seconds += 59
    before = _is_there(local, run)
    clock.seconds += 1

    assert (before, _is_there(local, run)) == (True, False)


@pytest.mark.parametrize("fields", [{"status": "running"}, {"status": "created"}, {"status": "completed", "ttl": None}])
def test_a_run_without_end_or_retention_stays(local, clock, fields):
    run = local.new_run(**{"ttl": 60, **fields})

    clock.seconds += 10_000

    assert _is_there(local, run)


def test_a_lost_run_stays(local, clock):
    run = local.new_run(status="running", ttl=60, heartbeat_timeout=10)

    clock.seconds += 10_000

    assert local.get(f"/api/runs/{run}")["status"] == "lost"


def test_a_run_delivered_long_after_its_end_stays_for_its_seconds(local, clock):
    run = local.new_run(status="completed", ttl=60, endtime="2001-01-01T00:00:00.000000")
    clock.seconds += 50
    local.put(f"/api/runs/{run}", {"metadata": {"late": 1}})

    clock.seconds += 59
    before = _is_there(local, run)
    clock.seconds += 1

    assert (before, _is_there(local, run)) == (True, False)


def test_what_the_run_held_goes_with_it(local, clock):
    run = local.new_run(status="completed", ttl=60)
    local.log(run, {"x": 1.0})
    local.say(run, "m")
    body = {"name": "a", "original_path": "", "size": 7, "mime_type": "x/y", "checksum": CHECKSUM}
    artifact = local.post("/api/artifacts", body)
    path = "/" + artifact["url"].split("/", 3)[3]
    assert local.target.request("PUT", path, {}, CONTENT)[0] == 200
    local.put(f"/api/runs/{run}/artifacts/{artifact['id']}", {"category": "output"})

    clock.seconds += 61

    assert local.get("/api/runs")["count"] == 0
    assert local.get(f'/api/metrics?runs=["{run}"]') == {}
    assert local.send("GET", f"/api/artifacts/{artifact['id']}")[0] == 404
    assert local.target.request("GET", path)[0] == 404
    assert not local.target.service.blobs
    assert local.log(run, {"x": 1.0})[0] == 422


def test_a_change_for_a_run_that_is_over_is_a_404(local, clock):
    run = local.new_run(status="completed", ttl=60)

    clock.seconds += 61

    assert local.send("PUT", f"/api/runs/{run}", {"ttl": None})[0] == 404


def test_the_longest_retention_is_no_trouble(local, clock):
    run = local.new_run(status="completed", ttl=2**63 - 1)

    clock.seconds += 1e9

    assert _is_there(local, run)


def test_a_run_that_is_running_again_has_no_end_and_stays(local, clock):
    run = local.new_run(status="completed", ttl=60)
    local.put(f"/api/runs/{run}", {"status": "running"})

    clock.seconds += 61

    found = local.get(f"/api/runs/{run}")
    assert (found["status"], found["endtime"]) == ("running", None)


@pytest.mark.parametrize("fields", [{"endtime": None}, {"ttl": 60}], ids=str)
def test_a_change_after_the_end_begins_the_retention_anew(local, clock, fields):
    run = local.new_run(status="completed", ttl=60)
    clock.seconds += 59
    local.put(f"/api/runs/{run}", fields)

    clock.seconds += 59

    assert _is_there(local, run)
    clock.seconds += 1
    assert not _is_there(local, run)


def test_a_question_costs_the_same_however_many_runs_there_are(local):
    """Nothing looks at every run: what is due is found by an index."""
    local.post("/api/runs", [{"status": "running", "heartbeat_timeout": 600} for _ in range(3)])
    statements = []
    connection = local.target.service.database._connection
    event.listen(connection, "before_cursor_execute", lambda *seen: statements.append(seen[2:4]))

    local.get("/api/version")

    assert len(statements) == 2
    with local.target.service.database.transaction() as asked:
        plans = [asked.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in list(statements)]
    assert all("USING" in plan[0][3] and "INDEX" in plan[0][3] for plan in plans), plans
