"""What may or may not have been applied is found out before it is sent again."""

from collections.abc import Iterator

import pytest

from simvue.core.http import Response
from simvue.core.steps import Step
from simvue.delivery.terms import Deferred, Found, NoLook
from simvue.errors import ConfigurationError, NoAnswer, TlsFailure, Unauthorised, Unreachable
from tests.delivery.exchanges import GOOD, KEY, STEP, Scene

DOUBT = [
    NoAnswer("reset"),
    Response(status=200, body=b"{"),
    Response(status=200, body=b""),
    Response(status=500),
    Response(status=502),
    Response(status=408),
]


@pytest.mark.requirement("DLV-022", "DLV-030", "DLV-034")
@pytest.mark.parametrize("answer", DOUBT, ids=repr)
def test_a_request_in_doubt_is_sent_again_unchanged_to_a_server_that_knows_keys(
    scene: Scene, answer: Response | Exception
) -> None:
    scene.answers = [answer, GOOD]
    with pytest.raises(Deferred):
        scene.perform(look=lambda: pytest.fail("nobody has to look"))
    scene.die()

    scene.perform(look=lambda: pytest.fail("nobody has to look"))

    assert [(request.key, request.body) for request in scene.asked] == [(KEY, b"body")] * 2


@pytest.mark.requirement("DLV-023")
@pytest.mark.parametrize("answer", DOUBT, ids=repr)
def test_a_request_in_doubt_is_looked_for_where_keys_are_not_known(answer: Response | Exception) -> None:
    scene = Scene(keyed=False, answers=[answer])
    with pytest.raises(Deferred):
        scene.perform()

    facts = scene.perform(look=lambda: Found({"said": "seen"}))

    assert facts == {"said": "seen"}
    assert len(scene.asked) == 1


@pytest.mark.requirement("DLV-024")
def test_absence_is_believed_after_the_settle_time_and_two_looks() -> None:
    scene = Scene(keyed=False, answers=[NoAnswer("lost"), GOOD])
    looks = 0

    def look() -> Found | None:
        nonlocal looks
        looks += 1
        return None

    with pytest.raises(Deferred):
        scene.perform()
    with pytest.raises(Deferred) as early:
        scene.perform(look=look)
    scene.disk.clock += early.value.delay
    scene.exchange.deadline += 100.0
    scene.perform(look=look)

    assert early.value.delay == pytest.approx(60.0, abs=1.0)
    assert looks == 3
    assert len(scene.asked) == 2


@pytest.mark.requirement("DLV-024")
def test_answers_that_still_change_are_not_believed() -> None:
    scene = Scene(keyed=False, answers=[NoAnswer("lost")])
    with pytest.raises(Deferred):
        scene.perform()
    scene.disk.clock += 61.0
    found: Iterator[Found | None] = iter([None, Found({}, ((0, ["r"]),))])

    with pytest.raises(Deferred, match="still change"):
        scene.perform(look=lambda: next(found))

    assert KEY in scene.account.intents


@pytest.mark.requirement("DLV-025")
def test_a_part_that_is_found_is_an_outcome_that_names_what_is_missing() -> None:
    scene = Scene(keyed=False, answers=[NoAnswer("lost")])
    with pytest.raises(Deferred):
        scene.perform()
    scene.disk.clock += 61.0

    facts = scene.perform(look=lambda: Found({}, ((1, ["r"]),)))

    assert facts == {"missing": [(1, ["r"])]}
    scene.begin(2)
    assert scene.perform() == {"missing": [[1, ["r"]]]}


def test_a_look_that_says_nothing_is_tried_again_later() -> None:
    scene = Scene(keyed=False, answers=[NoAnswer("lost")])
    with pytest.raises(Deferred):
        scene.perform()

    def look() -> Found | None:
        raise NoLook("503")

    with pytest.raises(Deferred, match="503"):
        scene.perform(look=look)

    assert KEY in scene.account.intents


@pytest.mark.requirement("DLV-024")
def test_a_clock_that_is_set_neither_shortens_nor_lengthens_the_settle_time() -> None:
    scene = Scene(keyed=False, answers=[NoAnswer("lost")])
    with pytest.raises(Deferred):
        scene.perform()
    now = scene.world.now
    scene.world.now = lambda: now().replace(year=2020)  # type: ignore[method-assign]
    with pytest.raises(Deferred) as behind:
        scene.perform(look=lambda: None)
    scene.world.now = lambda: now().replace(year=2036)  # type: ignore[method-assign]

    with pytest.raises(Deferred) as ahead:
        scene.perform(look=lambda: None)

    assert behind.value.delay == pytest.approx(60.0, abs=1.0)
    assert ahead.value.delay == pytest.approx(60.0, abs=1.0)


@pytest.mark.requirement("DLV-022")
@pytest.mark.parametrize(
    ("age", "looks"), [(3500.0, 0), (3550.0, 1), (-5.0, 1)], ids=["young", "old", "clock set back"]
)
def test_a_key_is_relied_on_while_the_server_surely_remembers_it(scene: Scene, age: float, looks: int) -> None:
    scene.answers = [NoAnswer("lost"), GOOD]
    with pytest.raises(Deferred):
        scene.perform()
    scene.disk.clock += max(age, 0.0)
    scene.begin(2)
    if age < 0:
        scene.account.intents[KEY]["first"] = "2036-01-01T00:00:00+00:00"
    counted = []

    def look() -> Found | None:
        counted.append(1)
        return Found({})

    scene.perform(look=look)

    assert len(counted) == looks


NOT_APPLIED = [
    (Response(status=429), Deferred),
    (Response(status=425), Deferred),
    (Response(status=401), Unauthorised),
    (Response(status=403), Unauthorised),
    (Response(status=307), ConfigurationError),
    (TlsFailure("who is it"), TlsFailure),
    (Unreachable("refused"), Deferred),
]


@pytest.mark.parametrize(("answer", "error"), NOT_APPLIED, ids=repr)
def test_what_was_certainly_not_applied_is_not_in_doubt(
    scene: Scene, answer: Response | Exception, error: type[Exception]
) -> None:
    scene.answers = [answer]

    with pytest.raises(error):
        scene.perform()

    assert scene.account.intents == {}


@pytest.mark.parametrize(("answer", "error"), NOT_APPLIED, ids=repr)
def test_what_was_in_doubt_before_is_in_doubt_still(
    scene: Scene, answer: Response | Exception, error: type[Exception]
) -> None:
    scene.answers = [NoAnswer("lost"), answer]
    with pytest.raises(Deferred):
        scene.perform()
    before = dict(scene.account.intents[KEY])

    with pytest.raises(error):
        scene.perform()

    assert scene.account.intents == {KEY: before}


def test_a_key_has_one_body_whichever_version_of_the_sender_made_it(scene: Scene) -> None:
    other = Step(name="metrics", method="POST", path="/metrics", body=b"other", learn=STEP.learn)
    scene.answers = [NoAnswer("lost"), NoAnswer("lost again"), GOOD]
    with pytest.raises(Deferred):
        scene.perform()
    scene.disk.clock += 61.0
    scene.exchange.deadline += 100.0
    with pytest.raises(Deferred):
        scene.perform(other, look=lambda: None)

    scene.perform(other, look=lambda: pytest.fail("its key is known"))

    bodies = {(request.key, request.body) for request in scene.asked}
    assert len(bodies) == 2
    assert len({key for key, _ in bodies}) == 2
