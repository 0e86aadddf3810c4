"""A look at the server: all, a part or nothing of a batch, whatever else it holds and however it lists it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.answers import Answer, Meaning
from simvue.core.batching import Batch, Item, Series
from simvue.core.steps import Step
from simvue.delivery.held import rows_between
from simvue.delivery.readback import look_for_batch, look_for_run
from simvue.delivery.terms import Found, NoLook

NAN = float("nan")


def stamp(second: int) -> str:
    return f"2026-03-01T08:00:{second:02d}.000000"


def point(offset: int, second: int, **values: float) -> Item:
    return Item(offset, offset + 10, {"step": 0, "time": 0.0, "timestamp": stamp(second), "values": values})


def event(offset: int, second: int, message: str) -> Item:
    return Item(offset, offset + 10, {"message": message, "timestamp": stamp(second), "log_level": "info"})


def tensor(offset: int, second: int, metric: str, step: int) -> Item:
    payload = {"step": step, "time": 0.0, "timestamp": stamp(second), "metric": metric, "array": [1.0]}
    return Item(offset, offset + 10, payload)


class Holding:
    """A server that holds points, events and tensors, and counts what it is asked."""

    def __init__(self, **held: Any) -> None:
        self.points: dict[str, list[tuple[str, object]]] = held.get("points", {})
        self.events: list[tuple[str, str]] = held.get("events", [])
        self.tensors: dict[tuple[str, str], list[str]] = held.get("tensors", {})
        self.summary: bool = held.get("summary", True)
        self.most: int = held.get("most", 10_000)
        self.asked: list[str] = []

    def __call__(self, step: Step) -> Answer:
        self.asked.append(step.path)
        query = dict(step.query)
        start, count = int(query.get("start", 0)), min(int(query.get("count", self.most)), self.most)
        if step.path == "/runs/R":
            known = {name: {"count": len(rows)} for name, rows in self.points.items()}
            return self._good(step, {"metrics": known} if self.summary else {})
        if step.path == "/metrics":
            name = orjson.loads(query["metrics"])[0]
            rows = [{"timestamp": at, "value": value} for at, value in self.points.get(name, [])[start : start + count]]
            return self._good(step, {"R": {name: rows}} if rows else {})
        if step.path == "/events":
            page = self.events[start : start + count]
            rows = [{"timestamp": at, "message": message, "log_level": "info"} for at, message in page]
            return self._good(step, {"data": rows, "count": len(self.events)})
        name = step.path.removeprefix("/runs/R/metrics/").removesuffix("/values")
        stamps = self.tensors.get((name, query["step"]))
        if stamps is None:
            return Answer(meaning=Meaning.NOT_FOUND, facts={})
        rows = [{"array": [1.0], "timestamp": at} for at in stamps]
        return self._good(step, {**rows[-1], "data": rows})

    def _good(self, step: Step, body: object) -> Answer:
        return Answer(meaning=Meaning.APPLIED, facts=step.learn(body))


def look(server: Holding, *items: Item, series: Series = Series.METRICS, before: tuple[Item, ...] = ()) -> Found | None:
    return look_for_batch(server, Batch(series, items), "R", lambda: before)()


BATCH = (point(10, 1, r=1.0, n=NAN), point(20, 2, r=1.0), point(30, 2, r=1.0))


@pytest.mark.requirement("DLV-023")
@pytest.mark.parametrize("nan", [NAN, None, "NaN"], ids=["bare", "null", "word"])
def test_a_whole_batch_is_found_whatever_a_server_writes_for_nan(nan: object) -> None:
    server = Holding(points={"r": [(stamp(1), 1), (stamp(2), 1.0), (stamp(2), 1.0)], "n": [(stamp(1), nan)]})

    assert look(server, *BATCH) == Found({})


@pytest.mark.requirement("DLV-025")
def test_of_a_part_what_is_missing_is_named_by_record_and_value() -> None:
    server = Holding(points={"r": [(stamp(1), 1.0), (stamp(2), 1.0)]})

    assert look(server, *BATCH) == Found({}, ((0, ["n"]), (2, ["r"])))


def test_nothing_is_found_where_nothing_is() -> None:
    assert look(Holding(), *BATCH) is None
    assert look(Holding(points={"r": [(stamp(1), 2.0), (stamp(9), 1.0)], "x": [(stamp(1), 1.0)]}), *BATCH) is None


def test_records_that_came_before_are_not_taken_for_the_batch() -> None:
    server = Holding(points={"r": [(stamp(2), 1.0), (stamp(2), 1.0)]})

    assert look(server, point(30, 2, r=1.0), before=(point(5, 2, r=1.0), point(8, 2, r=1.0))) is None
    assert look(server, point(30, 2, r=1.0), before=(point(5, 2, r=1.0),)) == Found({})


@pytest.mark.parametrize(("sent", "held"), [(-0.0, 0.0), (0.0, -0.0), (2**53, float(2**53)), (2**64 - 1, 2.0**64)])
def test_numbers_are_compared_as_servers_store_them(sent: float, held: float) -> None:
    server = Holding(points={"r": [(stamp(1), held)]})

    assert look(server, point(10, 1, r=sent)) == Found({})


def test_a_second_look_does_not_read_the_journal_again() -> None:
    reads = []

    def before() -> list[Item]:
        reads.append(1)
        return [point(5, 2, r=1.0)]

    server = Holding(points={"r": [(stamp(2), 1.0)]})
    looking = look_for_batch(server, Batch(Series.METRICS, (point(30, 2, r=1.0),)), "R", before)

    assert (looking(), looking()) == (None, None)
    assert len(reads) == 1


def test_events_are_told_apart_by_time_message_and_level() -> None:
    server = Holding(events=[(stamp(1), "same"), (stamp(1), "same"), (stamp(2), "x")])
    batch = [event(10, 1, "same"), event(20, 1, "same"), event(30, 2, "y")]

    assert look(server, *batch, series=Series.EVENTS) == Found({}, ((2, [""]),))
    assert look(Holding(), *batch, series=Series.EVENTS) is None


def test_tensors_are_told_apart_by_metric_step_and_time() -> None:
    server = Holding(
        tensors={("T", "1"): [stamp(1), stamp(2)], ("a/b", "1"): [stamp(1)], ("50%25 of it", "1"): [stamp(1)]}
    )
    batch = [tensor(10, 1, "T", 1), tensor(20, 2, "T", 1), tensor(30, 1, "a/b", 1), tensor(40, 1, "T", 2)]

    assert look(server, *batch, series=Series.TENSORS) == Found({}, ((3, [""]),))
    assert server.asked == [f"/runs/R/metrics/{name}/values" for name in ("T", "a/b", "T")]


def test_the_name_of_a_metric_is_escaped_in_a_path() -> None:
    server = Holding(tensors={("50%25%20of%3Dit", "1"): [stamp(1)]})

    assert look(server, tensor(10, 1, "50% of=it", 1), series=Series.TENSORS) == Found({})


@pytest.mark.parametrize("series", Series)
@pytest.mark.parametrize(
    "answer",
    [
        Answer(meaning=Meaning.IN_DOUBT, facts={}, detail="503"),
        Answer(meaning=Meaning.APPLIED, facts={"body": [1]}),
        Answer(meaning=Meaning.APPLIED, facts={"body": {"R": 7, "data": [3], "array": 0}}),
    ],
)
def test_an_answer_that_makes_no_sense_shows_nothing(series: Series, answer: Answer) -> None:
    items = {Series.METRICS: point(1, 1, r=1.0), Series.EVENTS: event(1, 1, "x"), Series.TENSORS: tensor(1, 1, "T", 1)}

    with pytest.raises(NoLook):
        look_for_batch(lambda _: answer, Batch(series, (items[series],)), "R", lambda: ())()


def runs(*rows: object) -> Callable[[Step], Answer]:
    return lambda step: Answer(meaning=Meaning.APPLIED, facts=step.learn({"data": list(rows)}))


@pytest.mark.requirement("DLV-061")
def test_a_run_is_found_by_its_mark_alone() -> None:
    other = {"id": "A", "metadata": {"simvue": {"journal": "another"}}}
    ours = {"id": "B", "metadata": {"simvue": {"journal": "some-journal", "run": "heat"}}}

    assert look_for_run(runs(other, ours), "some-journal")() == Found({"run": "B"})
    assert look_for_run(runs(other, {"id": "C", "metadata": None}), "some-journal")() is None
    assert look_for_run(runs(), "some-journal")() is None
    with pytest.raises(NoLook):
        look_for_run(runs({"id": "C"}), "some-journal")()  # a server that does not show metadata


def test_a_batch_at_the_end_of_a_long_series_takes_few_requests() -> None:
    rows = [(f"2026-03-01T07:{second // 60 % 60:02d}:{second % 60:02d}.{second:06d}", 1.0) for second in range(900_000)]
    server = Holding(points={"r": [*sorted(rows), (stamp(1), 1.0)]})

    assert look(server, point(10, 1, r=1.0)) == Found({})
    assert len(server.asked) <= 4


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_server_that_gives_fewer_rows_than_asked_for_is_asked_on(most: int) -> None:
    rows = [(stamp(second), "x") for second in range(50)]

    found = look(Holding(events=rows, most=most), event(1, 49, "x"), event(2, 3, "x"), series=Series.EVENTS)

    assert found == Found({})


def test_a_series_whose_length_nobody_tells_is_read_from_its_beginning() -> None:
    server = Holding(points={"r": [(stamp(second), 1.0) for second in range(60)]}, summary=False, most=7)

    assert look(server, point(1, 59, r=1.0)) == Found({})


LISTS = st.lists(st.integers(0, 30).map(stamp), max_size=40)


@given(LISTS, st.booleans(), st.integers(1, 7), st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_all_rows_of_a_time_are_found_in_a_list_of_any_order(
    stamps: list[str], in_order: bool, size: int, one: int, other: int, told: bool
) -> None:
    listed = sorted(stamps) if in_order else stamps
    rows = [{"timestamp": at, "n": number} for number, at in enumerate(listed)]
    first, last = stamp(min(one, other)), stamp(max(one, other))

    found = rows_between(
        lambda start, count: rows[start : start + count], size, len(rows) if told else None, first, last
    )

    if in_order:
        assert found == [row for row in rows if first <= row["timestamp"] <= last]


def test_a_list_that_descends_is_read_whole() -> None:
    rows = [{"timestamp": stamp(second)} for second in range(50, 0, -1)]

    found = rows_between(lambda start, count: rows[start : start + count], 5, 50, stamp(10), stamp(12))

    assert [row["timestamp"] for row in found] == [stamp(12), stamp(11), stamp(10)]


def test_a_server_that_does_not_page_is_not_asked_for_ever() -> None:
    rows = [{"timestamp": stamp(second)} for second in range(5)]

    assert rows_between(lambda _start, _count: rows, 5, None, stamp(0), stamp(4)) == rows
