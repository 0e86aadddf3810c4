"""Events: in the order of time, filtered, counted in windows."""


def test_an_event_comes_back_with_three_members_only(either):
    run = either.new_run()

    status, answer = either.say(run, "first", "second")

    assert (status, answer) == (200, {})
    assert either.get(f"/api/events?run={run}&filters=&start=0&count=0") == {
        "data": [
            {"message": "first", "timestamp": "2024-01-02T03:04:00.000001", "log_level": "info"},
            {"message": "second", "timestamp": "2024-01-02T03:04:01.000001", "log_level": "info"},
        ],
        "count": 2,
    }


def test_events_are_ordered_by_time_and_then_by_arrival(local):
    run = local.new_run()
    local.say(run, "a0", "a1")
    local.say(run, "b0", "b1")

    messages = [event["message"] for event in local.get(f"/api/events?run={run}")["data"]]

    assert messages == ["a0", "b0", "a1", "b1"]


def test_the_count_is_the_total_of_what_the_filter_leaves(local):
    run = local.new_run()
    local.say(run, "Error one", "fine", "Error two", "error three")

    answer = local.get(f'/api/events?run={run}&filters=["event.message contains Error"]&start=1&count=1')

    assert answer["count"] == 2
    assert [event["message"] for event in answer["data"]] == ["Error two"]


def test_a_histogram_counts_events_in_windows(local):
    run = local.new_run()
    local.say(run, *(f"m{number}" for number in range(30)))

    answer = local.get(
        f"/api/events/histogram?run={run}&window=10"
        "&timestamp_begin=2024-01-02T03:04:00.000000&timestamp_end=2024-01-02T03:04:25.000000"
        "&filters=event.message contains m"
    )

    assert answer["data"] == [
        {"timestamp": "2024-01-02T03:04:00.000000", "count": 10},
        {"timestamp": "2024-01-02T03:04:10.000000", "count": 10},
        {"timestamp": "2024-01-02T03:04:20.000000", "count": 5},
    ]


def test_a_histogram_is_never_empty(local):
    assert len(local.get(f"/api/events/histogram?run={local.new_run()}&window=60")["data"]) == 1


def test_an_unknown_run_is_a_422_on_writing_and_a_404_on_reading(local):
    assert local.say("nobody", "m")[0] == 422
    assert local.send("GET", "/api/events?run=nobody")[0] == 404


def test_an_impossible_window_is_refused(local):
    assert local.send("GET", f"/api/events/histogram?run={local.new_run()}&window=99999999999999")[0] == 422
