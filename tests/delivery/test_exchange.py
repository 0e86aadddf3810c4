"""One request from intent to outcome: what is noted, what is sent, what each answer makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from simvue.core.http import Request, Response
from simvue.core.steps import Step
from simvue.delivery.state import load
from simvue.delivery.terms import Deferred, Refused, RunGone, Server, TimeUp
from simvue.errors import LeaseLost, NoAnswer, Unreachable
from tests.delivery.exchanges import GOOD, KEY, LAYOUT, STEP, Scene
from tests.delivery.simulation import SimDisk, SimWorld


@pytest.mark.requirement("DLV-010", "DLV-012", "DLV-013")
def test_the_intent_is_durable_before_the_request_and_the_outcome_is_noted_after_it(scene: Scene) -> None:
    scene.answers = [GOOD]
    durable: list[dict[str, Any]] = []

    def look_at_disk(request: Request) -> Response:
        after_power_loss = SimDisk(files=dict(scene.disk.durable), durable=dict(scene.disk.durable))
        account = load(SimWorld(after_power_loss, None), LAYOUT)[0].journals["some-journal"]
        durable.append(account.intents[KEY])
        return scene.answer(request)

    scene.world.request = look_at_disk  # type: ignore[method-assign]

    facts = scene.perform()

    assert facts == {"said": "x"}
    assert durable[0]["sha256"] == "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    assert scene.account.intents == {}
    assert scene.account.outcomes[KEY]["facts"] == {"said": "x"}
    assert scene.asked[0].key == KEY


def test_what_has_an_outcome_is_not_sent_again(scene: Scene) -> None:
    scene.answers = [GOOD]
    scene.perform()

    again = scene.perform()

    assert again == {"said": "x"}
    assert len(scene.asked) == 1


def test_what_was_refused_stays_refused(scene: Scene) -> None:
    scene.answers = [Response(status=422, body=b'{"detail": "no"}')]
    with pytest.raises(Refused) as fresh:
        scene.perform()
    scene.exchange.refuse(scene.account, KEY, fresh.value.detail)

    with pytest.raises(Refused) as known:
        scene.perform()

    assert (fresh.value.fresh, known.value.fresh) == (True, False)
    assert known.value.detail == "422 no"
    assert len(scene.asked) == 1


def test_a_request_that_only_asks_leaves_no_intent_and_bears_no_key(scene: Scene) -> None:
    scene.answers = [NoAnswer("lost")]

    with pytest.raises(Deferred):
        scene.perform(Step(name="look", method="GET", path="/runs/R"))

    assert scene.account.intents == {}
    assert scene.asked[0].key is None


def test_a_sign_of_life_bears_no_key(scene: Scene) -> None:
    scene.answers = [Response(status=200, body=b"{}")]

    scene.exchange.ask(Step(name="heartbeat", method="PUT", path="/runs/R/heartbeat"))

    assert scene.asked[0].key is None


@pytest.mark.requirement("PTH-010")
def test_an_online_run_waits_no_longer_than_its_policy_says(scene: Scene) -> None:
    scene.exchange.policy = replace(scene.exchange.policy, longest_wait=15.0)
    scene.run.attempts = 1000

    with pytest.raises(Deferred) as deferred:
        scene.exchange.defer(scene.run, "the server is busy")

    assert deferred.value.delay == 0.5 * 15.0


@pytest.mark.requirement("DLV-035")
def test_the_bound_of_the_wait_doubles_with_each_failure_and_begins_anew_after_a_success(scene: Scene) -> None:
    scene.answers = [Response(status=503)] * 12 + [GOOD, Response(status=503)]
    delays = []
    for _ in range(12):
        with pytest.raises(Deferred) as deferred:
            scene.perform()
        delays.append(deferred.value.delay)
    scene.perform()
    with pytest.raises(Deferred) as first:
        scene.exchange.perform(scene.account, scene.run, "other", STEP)

    assert delays == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 450, 450]
    assert first.value.delay == 0.5


@pytest.mark.requirement("DLV-036")
def test_the_servers_wish_decides_how_long_to_wait(scene: Scene) -> None:
    scene.answers = [Response(status=503, headers={"retry-after": "1234"})]

    with pytest.raises(Deferred) as deferred:
        scene.perform()

    assert deferred.value.delay == 1234.0
    assert scene.run.not_before == pytest.approx(1234.0, abs=1.0)


@pytest.mark.requirement("DLV-033")
@pytest.mark.parametrize("path", ["/runs/R", "/runs/R/metrics"])
def test_404_for_the_run_holds_the_run(scene: Scene, path: str) -> None:
    scene.answers = [Response(status=404, body=b'{"detail": "no such run"}')]

    with pytest.raises(RunGone, match="no such run"):
        scene.perform(Step(name="x", method="PUT", path=path, body=b"{}"))


@pytest.mark.requirement("DLV-033")
@pytest.mark.parametrize(("run", "error"), [(404, RunGone), (200, Deferred), (503, Deferred)])
def test_404_for_a_batch_is_a_run_that_is_gone_or_a_server_without_that_address(
    scene: Scene, run: int, error: type[Exception]
) -> None:
    scene.answers = [Response(status=404), Response(status=run, body=b"{}")]

    with pytest.raises(error):
        scene.perform()


@pytest.mark.parametrize("path", ["/alerts/A/status/R", "/runs/R/artifacts/A", "/runs/R/grids/G", "/folders/F"])
def test_404_for_anything_else_is_a_refusal(scene: Scene, path: str) -> None:
    scene.answers = [Response(status=404)]

    with pytest.raises(Refused):
        scene.perform(Step(name="x", method="PUT", path=path, body=b"{}"))


@pytest.mark.requirement("DLV-038")
def test_the_second_connection_in_a_row_that_fails_ends_the_pass(scene: Scene) -> None:
    scene.answers = [Unreachable("refused"), GOOD, Unreachable("refused"), Unreachable("refused")]
    with pytest.raises(Deferred) as deferred:
        scene.perform()
    scene.perform()
    with pytest.raises(Deferred):
        scene.exchange.perform(scene.account, scene.run, "other", STEP)

    with pytest.raises(Unreachable):
        scene.exchange.perform(scene.account, scene.run, "other", STEP)

    assert deferred.value.delay == 1.0


@pytest.mark.requirement("DLV-038")
def test_no_request_begins_after_the_deadline_and_none_outlasts_the_pass(scene: Scene) -> None:
    scene.answers = [GOOD]
    scene.disk.clock = scene.exchange.deadline - 1.0
    scene.perform()
    scene.disk.clock = scene.exchange.deadline

    with pytest.raises(TimeUp):
        scene.exchange.perform(scene.account, scene.run, "other", STEP)

    assert scene.asked[0].timeout <= 1.0 + 0.1 * scene.seconds
    assert "other" not in scene.account.intents


@pytest.mark.requirement("DLV-001")
def test_no_request_begins_without_the_lease(scene: Scene) -> None:
    scene.disk.write("/cache/sender/lease/00000002", b"somebody else", durable=True)

    with pytest.raises(LeaseLost):
        scene.perform()

    assert scene.asked == []


def test_no_request_begins_after_the_pass_was_stopped(scene: Scene) -> None:
    scene.is_stopped = True

    with pytest.raises(TimeUp):
        scene.perform()

    assert scene.asked == []


@pytest.mark.requirement("DLV-047")
def test_an_answer_with_a_signed_address_is_not_written_to_the_state(scene: Scene) -> None:
    scene.answers = [Response(status=200, body=b'{"id": "https://storage/?signature=CANARY"}')]
    step = Step(name="a", method="POST", path="/artifacts", learn=STEP.learn, keeps_secret=True)

    facts = scene.perform(step)

    assert "CANARY" in facts["said"]
    assert all(b"CANARY" not in data for data in scene.disk.files.values())


@pytest.mark.requirement("DLV-069")
@pytest.mark.parametrize("fields", [None, {"key": "k", "policy": "p"}])
def test_an_upload_is_a_form_where_the_server_gave_fields(scene: Scene, fields: dict[str, str] | None) -> None:
    scene.answers = [Response(status=204)]
    upload = {"url": "https://storage/x", "fields": fields, "path": "/f", "size": 3 * 1024 * 1024, "name": "field"}

    scene.perform(Step(name="upload", method="PUT", path="https://storage/x", upload=upload))

    request = scene.asked[0]
    assert request.method == ("POST" if fields else "PUT")
    assert request.timeout == 13.0
    assert request.key is None


@pytest.mark.requirement("DLV-026")
@pytest.mark.parametrize(("keyed", "guarantee"), [(True, "exactly-once/keyed"), (False, "exactly-once/reconciled")])
def test_the_guarantee_in_force_has_a_name(*, keyed: bool, guarantee: str) -> None:
    assert Server(address="", version="", keyed=keyed, key_window=0.0).guarantee == guarantee
