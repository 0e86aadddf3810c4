"""What every answer means, and how long to wait: the table of delivery.md, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.answers import Meaning, backoff, judge, retry_after
from simvue.core.http import Response
from simvue.core.steps import Facts, Step

NOW = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)
CREATION = Step(
    name="run", method="POST", path="/runs", learn=lambda answer: {"run": answer["id"]}, conflict_is_success=True
)
BATCH = Step(name="metrics", method="POST", path="/metrics", body=b"x")
UPLOAD = Step(name="upload", method="PUT", path="https://storage/x", upload={}, learn=lambda _: {"sent": True})


def meaning(step: Step, status: int, body: bytes = b"{}", **headers: str) -> Meaning:
    return judge(step, Response(status=status, headers=headers, body=body), NOW).meaning


TABLE = {
    **dict.fromkeys((200, 201, 202, 204, 299), Meaning.APPLIED),
    **dict.fromkeys((400, 405, 409, 410, 413, 414, 415, 422, 431), Meaning.REFUSED),
    **dict.fromkeys((401, 403), Meaning.UNAUTHORISED),
    404: Meaning.NOT_FOUND,
    **dict.fromkeys((425, 429), Meaning.NOT_APPLIED),
    **dict.fromkeys((408, 500, 501, 502, 503, 504, 507, 599), Meaning.IN_DOUBT),
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308), Meaning.MISDIRECTED),
    **dict.fromkeys((402, 418, 451, 499), Meaning.IN_DOUBT),
    **dict.fromkeys((100, 199, 600, 999), Meaning.IN_DOUBT),
}


@pytest.mark.requirement("DLV-031", "DLV-032", "DLV-033", "DLV-034", "DLV-037")
@pytest.mark.parametrize(("status", "wanted"), TABLE.items())
def test_each_status_has_its_meaning_for_a_batch(status: int, wanted: Meaning) -> None:
    assert meaning(BATCH, status) is wanted


@pytest.mark.parametrize("status", [*range(100, 600)])
def test_no_status_and_no_body_is_too_strange(status: int) -> None:
    for step in (BATCH, CREATION, UPLOAD):
        for body in (b"", b"null", b"[]", b"\xff", b'{"detail": [{"loc": 3}]}', b"[" * 100_000):
            assert meaning(step, status, body) in Meaning


@pytest.mark.requirement("DLV-030")
@pytest.mark.parametrize("body", [b"", b"{", b'{"id": "abc', b"<html>", b"null", b"[]", b'{"other": 1}', b"\xff\xfe"])
def test_a_success_without_a_usable_body_leaves_a_creation_in_doubt(body: bytes) -> None:
    assert meaning(CREATION, 200, body) is Meaning.IN_DOUBT


@pytest.mark.requirement("DLV-030")
@pytest.mark.parametrize(
    ("body", "wanted"), [(b"{}", Meaning.APPLIED), (b"null", Meaning.APPLIED), (b"", Meaning.IN_DOUBT)]
)
def test_a_batch_needs_an_answer_that_is_json(body: bytes, wanted: Meaning) -> None:
    assert meaning(BATCH, 200, body) is wanted


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity"])
def test_json_with_numbers_as_python_writes_them_is_understood(value: bytes) -> None:
    answer = judge(CREATION, Response(status=200, body=b'{"id": "x", "last": ' + value + b"}"), NOW)

    assert answer.facts == {"run": "x"}


def test_an_answer_that_is_nested_too_deeply_is_not_usable() -> None:
    assert meaning(CREATION, 200, b'{"a":' * 100_000 + b"NaN") is Meaning.IN_DOUBT


@pytest.mark.requirement("DLV-066", "DLV-067")
def test_409_with_an_id_is_what_a_creation_wants() -> None:
    answer = judge(CREATION, Response(status=409, body=b'{"id": "there already"}'), NOW)

    assert (answer.meaning, answer.facts) == (Meaning.APPLIED, {"run": "there already"})
    assert meaning(CREATION, 409, b'{"detail": "name taken"}') is Meaning.REFUSED
    assert meaning(BATCH, 409, b'{"id": "x"}') is Meaning.REFUSED


@pytest.mark.requirement("DLV-021")
@pytest.mark.parametrize("step", [BATCH, CREATION], ids=["batch", "creation"])
def test_409_in_progress_is_a_request_in_doubt(step: Step) -> None:
    assert meaning(step, 409, b'{"detail": "in progress"}') is Meaning.IN_DOUBT


@pytest.mark.requirement("DLV-032", "DLV-037")
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 412, 422])
def test_a_storage_speaks_of_the_address_it_was_given_and_not_of_our_token(status: int) -> None:
    wanted = Meaning.IN_DOUBT if status == 412 else Meaning.REFUSED

    assert meaning(UPLOAD, status, b"<Error/>") is wanted


@pytest.mark.parametrize("body", [b"", b"<ok/>", b"{}"])
def test_an_upload_needs_no_body_in_the_answer(body: bytes) -> None:
    assert judge(UPLOAD, Response(status=204, body=body), NOW).facts == {"sent": True}


DETAILS: list[tuple[Any, str]] = [
    ({"detail": "no"}, "422 no"),
    ({"detail": [{"loc": ["body", "metrics", 17], "msg": "bad", "type": "x"}]}, "422 body.metrics.17: bad"),
    ({"other": "x"}, '422 {"other":"x"}'),
    (["x"], '422 ["x"]'),
]


@pytest.mark.parametrize(("body", "detail"), DETAILS)
def test_what_the_server_said_is_kept(body: Any, detail: str) -> None:
    assert judge(BATCH, Response(status=422, body=orjson.dumps(body)), NOW).detail == detail


def test_of_a_long_answer_a_line_is_kept() -> None:
    assert len(judge(BATCH, Response(status=500, body=b"x" * 100_000), NOW).detail) < 310


LATER = NOW + timedelta(seconds=90)
WISHES = {
    "5": 5.0,
    " 5 ": 5.0,
    "0": 0.0,
    "3600": 3600.0,
    "3601": 3600.0,
    "1000000000": 3600.0,
    "9" * 400: 3600.0,
    LATER.strftime("%a, %d %b %Y %H:%M:%S GMT"): 90.0,
    "Sun, 01 Mar 2020 09:00:00 GMT": 0.0,
    "Fri, 01 Mar 2199 09:00:00 GMT": 3600.0,
    "-5": None,
    "5.5": None,
    "soon": None,
    "": None,
    "Sun, 01 Mar 2026 09:00:00 -0000": None,
}


@pytest.mark.requirement("DLV-036")
@pytest.mark.parametrize(("value", "seconds"), WISHES.items())
def test_retry_after_is_a_number_or_a_date_and_an_hour_at_most(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
    assert retry_after(None, NOW) is None


@given(
    st.text(max_size=40) | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,4} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [A-Z+0-9]*\Z")
)
def test_no_retry_after_is_too_strange(value: str) -> None:
    wish = retry_after(value, NOW)

    assert wish is None or 0.0 <= wish <= 3600.0


@pytest.mark.requirement("DLV-036")
@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_the_wish_to_be_asked_later_comes_with_every_answer_that_may_pass(status: int) -> None:
    assert judge(BATCH, Response(status=status, headers={"retry-after": "7"}), NOW).retry_after == 7.0


@pytest.mark.requirement("DLV-035")
def test_the_bound_doubles_from_a_second_to_a_quarter_of_an_hour() -> None:
    bounds = [backoff(attempts, 1.0) for attempts in range(1, 14)]

    assert bounds == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert backoff(10**6, 1.0) == 900.0


@pytest.mark.requirement("DLV-035")
@given(st.integers(1, 100), st.floats(0, 1))
def test_the_wait_is_drawn_from_nothing_to_the_bound(attempts: int, draw: float) -> None:
    assert 0.0 <= backoff(attempts, draw) <= backoff(attempts, 1.0)
    assert backoff(attempts, draw) == draw * backoff(attempts, 1.0)


def test_what_an_answer_teaches_is_left_to_the_step() -> None:
    def learn(answer: Any) -> Facts:
        return {"tags": list(answer["tags"])}

    step = Step(name="look", method="GET", path="/runs/R", learn=learn)

    assert judge(step, Response(status=200, body=b'{"tags": ["a"]}'), NOW).facts == {"tags": ["a"]}
    assert meaning(step, 200, b'{"tags": 3}') is Meaning.IN_DOUBT
