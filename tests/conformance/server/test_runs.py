"""Runs: creation, merging, heartbeats, abort, listing, deletion."""

import re

import pytest


def test_a_run_is_kept_with_every_member_that_clients_read(either):
    run = either.new_run(
        name="wire-run",
        folder="/wire/sub",
        status="running",
        tags=["t1"],
        metadata={"a": 1},
        ttl=3600,
        heartbeat_timeout=60,
        notifications={"state": "none"},
        visibility={"tenant": False, "public": False, "users": ["user02"]},
        system={"hostname": "node1"},
    )

    found = either.get(f"/api/runs/{run}")

    assert found["name"] == "wire-run"
    assert found["visibility"] == {"tenant": False, "public": False, "users": ["user02"]}
    assert set(found) >= {
        *("id", "name", "description", "tags", "status", "ttl", "folder", "metadata", "user", "system"),
        *("heartbeat_timeout", "notifications", "visibility", "starred", "created", "started", "endtime"),
        *("modified", "runtime", "metrics", "events", "alerts"),
    }


def test_an_identifier_has_22_letters_and_digits(local):
    assert re.fullmatch(r"[0-9A-Za-z]{22}", local.new_run())


def test_a_run_without_a_name_is_given_one_that_is_valid(local):
    answer = local.post("/api/runs", {"folder": "/", "name": None})

    assert re.fullmatch(r"[a-z]+-[a-z]+", answer["name"])


def test_equal_runs_are_different_runs(local):
    assert local.new_run(name="same") != local.new_run(name="same")


def test_a_batch_answers_one_id_for_each_run_in_order(either):
    answer = either.post(
        "/api/runs", [{"folder": "/batch", "name": f"b{n}", "visibility": {"user": ["x"]}} for n in range(5)]
    )

    names = [either.get(f"/api/runs/{entry['id']}")["name"] for entry in answer]

    assert names == ["b0", "b1", "b2", "b3", "b4"]
    assert either.get(f"/api/runs/{answer[0]['id']}")["visibility"]["users"] == ["x"]


def test_a_batch_with_one_bad_run_creates_none(local):
    status, answer = local.send("POST", "/api/runs", [{"folder": "/"}, {"folder": "no-slash"}])

    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", 1, "folder"]
    assert local.get("/api/runs")["count"] == 0


def test_metadata_is_merged_at_every_depth(either):
    run = either.new_run(metadata={"a": 1, "deep": {"x": 1, "y": {"p": 1}}})

    either.put(f"/api/runs/{run}", {"metadata": {"b": 2, "deep": {"y": {"q": 2}}}})

    assert either.get(f"/api/runs/{run}")["metadata"] == {"a": 1, "b": 2, "deep": {"x": 1, "y": {"p": 1, "q": 2}}}


def test_tags_are_replaced_and_exist_as_tags(local):
    run = local.new_run(tags=["one"])

    local.put(f"/api/runs/{run}", {"tags": ["two", "three"]})

    assert local.get(f"/api/runs/{run}")["tags"] == ["two", "three"]
    assert {tag["name"] for tag in local.get("/api/tags")["data"]} == {"one", "two", "three"}


def test_a_put_without_a_body_changes_nothing(either):
    run = either.new_run(metadata={"a": 1})

    assert either.put(f"/api/runs/{run}") == {"id": run}
    assert either.get(f"/api/runs/{run}")["metadata"] == {"a": 1}


def test_an_ended_run_has_an_end_and_a_runtime(local, clock):
    run = local.new_run(status="running")
    clock.seconds += 90

    local.put(f"/api/runs/{run}", {"status": "completed"})

    clock.seconds += 1000
    found = local.get(f"/api/runs/{run}")
    assert (found["status"], found["runtime"]) == ("completed", "00:01:30.000000")


def test_given_times_are_kept_with_six_decimals(local):
    run = local.new_run(started="2024-01-02T03:04:05", endtime="2024-01-02T04:04:05.5", status="failed")

    found = local.get(f"/api/runs/{run}")

    assert found["started"] == "2024-01-02T03:04:05.000000"
    assert found["endtime"] == "2024-01-02T04:04:05.500000"


def test_the_folder_of_a_run_is_created_with_it(local):
    local.new_run(folder="/new/deep")

    paths = {folder["path"] for folder in local.get("/api/folders")["data"]}

    assert paths == {"/", "/new", "/new/deep"}


class TestHeartbeats:
    def test_a_run_is_lost_when_its_heartbeat_is_older_than_its_timeout(self, local, clock):
        run = local.new_run(status="running", heartbeat_timeout=60)

        clock.seconds += 60
        at_the_limit = local.get(f"/api/runs/{run}")["status"]
        clock.seconds += 1

        assert (at_the_limit, local.get(f"/api/runs/{run}")["status"]) == ("running", "lost")

    def test_lists_and_filters_see_lost_runs_too(self, local, clock):
        local.new_run(status="running", heartbeat_timeout=60)
        clock.seconds += 100

        assert local.get('/api/runs?filters=["status == lost"]')["count"] == 1

    def test_a_heartbeat_keeps_a_run_alive_and_brings_a_lost_one_back(self, local, clock):
        run = local.new_run(status="running", heartbeat_timeout=60)

        clock.seconds += 100
        lost = local.get(f"/api/runs/{run}")["status"]
        local.put(f"/api/runs/{run}/heartbeat")
        clock.seconds += 50

        assert (lost, local.get(f"/api/runs/{run}")["status"]) == ("lost", "running")

    def test_the_status_running_brings_a_lost_run_back(self, local, clock):
        run = local.new_run(status="running", heartbeat_timeout=60)
        clock.seconds += 100
        local.get(f"/api/runs/{run}")

        local.put(f"/api/runs/{run}", {"status": "running"})

        assert local.get(f"/api/runs/{run}")["status"] == "running"

    @pytest.mark.parametrize("fields", [{"heartbeat_timeout": None}, {}, {"status": "created", "heartbeat_timeout": 1}])
    def test_a_run_that_promised_no_heartbeats_is_never_lost(self, local, clock, fields):
        run = local.new_run(**{"status": "running", **fields})

        clock.seconds += 10**6

        assert local.get(f"/api/runs/{run}")["status"] != "lost"

    def test_a_heartbeat_does_not_reopen_an_ended_run(self, local):
        run = local.new_run(status="completed")

        assert local.put(f"/api/runs/{run}/heartbeat") == {}
        assert local.get(f"/api/runs/{run}")["status"] == "completed"


def test_an_abort_is_seen_and_does_not_change_the_status(either):
    run = either.new_run(status="running")
    before = either.get(f"/api/runs/{run}/abort")

    answer = either.put(f"/api/runs/{run}/abort", {"reason": "enough"})

    assert (before, answer) == ({"status": False}, {})
    assert either.get(f"/api/runs/{run}/abort") == {"status": True}
    assert either.get(f"/api/runs/{run}")["status"] == "running"


def test_a_starred_run_is_found_by_its_star(local):
    run = local.new_run()
    local.new_run()

    local.put(f"/api/runs/{run}/starred", {"starred": True})

    assert [found["id"] for found in local.get('/api/runs?filters=["starred"]')["data"]] == [run]
    assert local.get(f"/api/runs/{run}")["starred"] is True


def test_a_deleted_run_is_gone_with_its_data(either):
    run = either.new_run()
    either.log(run, {"x": 1})
    either.say(run, "hello")

    status, answer = either.send("DELETE", f"/api/runs/{run}")

    assert (status, answer) == (200, {})
    assert either.send("GET", f"/api/runs/{run}")[0] == 404
    assert either.get(f'/api/metrics?runs=["{run}"]') == {}
    assert either.send("GET", f"/api/events?run={run}")[0] == 404


def test_the_count_of_a_list_is_the_total_and_not_the_page(local):
    for number in range(7):
        local.new_run(name=f"r{number}")

    page = local.get("/api/runs?count=3&start=2")

    assert page["count"] == 7
    assert [run["name"] for run in page["data"]] == ["r4", "r3", "r2"]


@pytest.mark.parametrize("query", ["", "?count=0", "?return_basic=True&attributes=[]&offline=False&abort=False"])
def test_without_a_count_a_list_is_whole_and_unknown_parameters_are_ignored(local, query):
    for _ in range(120):
        local.new_run()

    assert len(local.get(f"/api/runs{query}")["data"]) == 120


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[(method, "") for method in ("GET", "PUT", "DELETE")],
        ("PUT", "/heartbeat"),
        ("GET", "/abort"),
        ("PUT", "/abort"),
        ("GET", "/artifacts"),
        ("GET", "/grids"),
        ("POST", "/metrics"),
    ],
)
def test_an_unknown_run_in_the_path_is_a_404(local, method, path):
    status, answer = local.send(method, f"/api/runs/nobody{path}")

    assert status == 404
    assert "nobody" in answer["detail"]
