"""The table and the verdicts say what differs, and only that."""

from collections import Counter

from docs.examples.comparison import Contents
from docs.examples.demo.shown import judge, mean_temperatures, table


def contents(**changes) -> Contents:
    made = Contents(journals=1, languages={"c"}, status="completed")
    made.facts["name", '"cooling"'] = 1
    made.metrics["step"]["t", "1", "2.0"] = 1
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_an_equal_run_is_a_row_and_nothing_more():
    (verdict,) = judge({"key": contents()}, {"key": contents()})

    assert verdict.is_equal
    assert verdict.explanation() == []
    assert table([verdict]).splitlines()[1].split() == ["cooling", "C", "1", "1", "0", "1", "0", "0", "0", "0", "0"]


def test_what_differs_is_counted_and_explained():
    (verdict,) = judge({"key": contents()}, {"key": contents(events=Counter({("now", "info", "boo"): 1}))})

    assert not verdict.is_equal
    row, explanation = table([verdict]).splitlines()[1:]
    assert row.split()[-3:] == ["1", "0", "0"]
    assert explanation == "run key: events: 0 written, 1 on the server; 1 duplicated, 0 lost, 0 changed"


def test_another_state_is_explained():
    (verdict,) = judge({"key": contents()}, {"key": contents(status="lost")})

    assert not verdict.is_equal
    assert verdict.explanation() == ["run key: its state is lost, not completed"]


def test_a_run_that_the_server_does_not_have_is_all_lost():
    (verdict,) = judge({"key": contents()}, {})

    assert not verdict.is_equal
    assert verdict.row().split()[-2] == "2"
    assert verdict.explanation() == ["run key: the server does not have it"]


def plate(*means: float) -> Contents:
    values = Counter(
        {(f"{half}.mean", str(step), repr(mean)): 1 for step, mean in enumerate(means) for half in ("upper", "lower")}
    )
    return contents(metrics={"step": values})


def test_a_plate_is_compared_after_the_last_common_step():
    assert mean_temperatures(plate(1.0, 2.0, 3.0), plate(1.0, 2.0)) == ("1", 2.0, 2.0, True)
    assert mean_temperatures(plate(1.0, 2.0), plate(1.0, 2.0 + 1e-12))[-1]
    assert not mean_temperatures(plate(1.0, 2.0), plate(1.0, 2.00001))[-1]
