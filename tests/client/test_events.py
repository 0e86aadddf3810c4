"""Events come back in their order, all or those that are wanted."""

import pytest

from simvue.client import ArgumentError
from simvue.server.refusals import ServerRefusalError


@pytest.fixture(scope="module")
def told(site):
    run = site.run("events")
    site.say(run, ["hello", "Error one", "Error two", 'with "quotes" [and] brackets'])
    return run


def messages(events):
    return [event["message"] for event in events]


def test_all_events_come_with_their_members(client, told):
    events = client.get_events(told)

    assert messages(events) == ["hello", "Error one", "Error two", 'with "quotes" [and] brackets']
    assert events[0] == {"message": "hello", "timestamp": "2026-03-01T09:00:00.000001", "log_level": "info"}


def test_events_are_chosen_by_text_and_by_number(client, told):
    assert messages(client.get_events(told, message_contains="Error")) == ["Error one", "Error two"]
    assert messages(client.get_events(told, message_contains="Error", start_index=1)) == ["Error two"]
    assert messages(client.get_events(told, count_limit=2)) == ["hello", "Error one"]
    assert messages(client.get_events(told, message_contains='"quotes" [and]')) == ['with "quotes" [and] brackets']
    assert client.get_events(told, message_contains="nothing") == []


def test_thousands_of_events_come_whole(client, site):
    run = site.run("events-many")
    site.say(run, [f"event {number}" for number in range(2500)])

    assert messages(client.get_events(run)) == [f"event {number}" for number in range(2500)]
    assert messages(client.get_events(run, count_limit=1001))[-1] == "event 1000"
    assert len(client.get_events(run, count_limit=1001)) == 1001


def test_errors_are_runtime_errors(client, told):
    with pytest.raises(ServerRefusalError, match="404"):
        client.get_events("nobody")
    with pytest.raises(ArgumentError, match="start_index"):
        client.get_events(told, start_index=-1)
    with pytest.raises(ArgumentError, match="count_limit"):
        client.get_events(told, count_limit=0)
