"""Patterns say what they mean, and what is wrong with them."""

import pytest

from simvue.errors import ConfigurationError
from simvue.follow import patterns
from simvue.follow.found import Event, Facts, Place, Stop, Tally, Values
from simvue.follow.parser import Parser
from simvue.follow.rules import Rules


def found(text, **options):
    """Return what is found in a text, and the sums."""
    tally = Tally()
    parser = Parser(Rules.of(**options), tally)
    return [*parser.feed(text.encode()), *parser.finish()], tally


def values(text, *metrics, **options):
    return [one.values for one in found(text, metrics=metrics, **options)[0]]


@pytest.mark.parametrize(
    ("metric", "line", "expected"),
    [
        (r"residual=Residual: (?P<value>\S+)", "Residual: 1.0D-3", {"residual": 1e-3}),
        (r"residual=Residual: (\S+)", "Residual: 0.5,", {"residual": 0.5}),
        (r"res=(?:RES|res)=(\S+)", "RES=2", {"res": 2.0}),
        (r"rho=(?P<rho>\S+) p=(?P<p>\S+)", "rho=1 p=2", {"rho": 1.0, "p": 2.0}),
        (r"(?P<name>\w+) = (?P<value>\S+)", "cfl = 0.3", {"cfl": 0.3}),
        (r"res/{name}=for (?P<name>\w+), res (?P<value>\S+)", "for Ux, res 3", {"res/Ux": 3.0}),
        (r"(?P<a>\d+)?x(?P<b>\d+)", "x4", {"b": 4.0}),
        (r"e=E(?:\d) (?P<value>\S+) (?P<unit>\w+)", "E1 5 kJ", {"e": 5.0}),
        (r"l2 norm,2=(\S+)|n=(?P<n>\S+)", "n=7", {"n": 7.0}),
    ],
)
def test_a_metric_is_what_its_pattern_says(metric, line, expected):
    assert values(line, metric) == [expected]


def test_a_pattern_counts_as_often_as_it_matches_in_a_line():
    assert values("a=1 b=2 a=3", r"(?P<name>\w)=(?P<value>\d)") == [{"a": 1.0, "b": 2.0}, {"a": 3.0}]
    assert values("x=1 x=2", r"^x=(?P<x>\d)") == [{"x": 1.0}]


def test_a_pattern_that_matches_nothing_at_all_comes_to_an_end():
    assert values("ab", r"(?P<x>\d*)") == []


def test_metrics_of_one_line_go_into_one_record():
    assert values("p 1 q 2", r"p=p (\S+)", r"q=q (\S+)") == [{"p": 1.0, "q": 2.0}]


def test_groups_place_the_values():
    ((one,), _) = found("it 3 t 0.5 r 9", metrics=[r"it (?P<step>\d+) t (?P<time>\S+) r (?P<r>\S+)"])

    assert one == Values(1, {"r": 9.0}, Place(3, 0.5, None))


def test_lines_of_their_own_place_what_follows():
    text = "r 0\nIter 1\nr 1\nTime = 0.5\nr 2\nIter 2\nr 3\n"

    results, _ = found(text, metrics=[r"r=^r (\S+)"], step=r"Iter (\d+)", time=r"Time = (?P<time>\S+)")

    assert [one.place for one in results] == [Place(), Place(1), Place(1, 0.5), Place(2, 0.5)]


def test_a_step_counts_for_its_own_line_whatever_the_order_of_the_options():
    ((one,), _) = found("Iter 4 r 1", metrics=[r"r=\br (\S+)"], step=r"Iter (\d+)")

    assert one.place.step == 4


def test_a_date_and_time_is_local_without_an_offset():
    text = "2026-03-01T09:00:00+02:00 r 1\n2026-03-01 09:00:00,250 r 1\nyesterday r 1\n"

    results, tally = found(text, metrics=[r"(?P<timestamp>.*) r (?P<r>\S+)"])

    first, second, third = (one.place.timestamp for one in results)
    assert first.isoformat() == first.astimezone().isoformat()
    assert first.utctimetuple()[:5] == (2026, 3, 1, 7, 0)
    assert (second.hour, second.microsecond, second.tzinfo is not None) == (9, 250000, True)
    assert (third, tally.skipped) == (None, 1)


def test_what_is_no_number_is_skipped_and_counted():
    results, tally = found("r *****\nr 1\nr oops\nr nan\n", metrics=[r"r=r (\S+)"])

    assert [str(one.values["r"]) for one in results] == ["1.0", "nan"]
    assert tally.skipped == 2
    assert tally.problems == ["line 1: '*****' is no number; it is skipped, as are others like it"]


def test_a_metric_found_in_a_log_gets_a_name_that_a_run_can_hold():
    assert values("‖r‖[0] 1", r"(?P<name>\S+) (?P<value>\d)") == [{"_r_0_": 1.0}]


def test_events_have_a_level_and_a_message():
    text = "WARNING: slow\n  error at 3: overflow\nfine\n"

    results, _ = found(text, events=["warning=^WARNING", r"error=error at \d+: (?P<message>.*)", "f.ne"])

    assert results == [
        Event(1, "WARNING: slow", "warning"),
        Event(2, "overflow", "error"),
        Event(3, "fine", None),
    ]


def test_metadata_is_text_or_number():
    text = "Mesh: 100 cells\nScheme: upwind  on gcc 13.2\nRate: inf, v1.\n"

    results, _ = found(
        text, metadata=[r"cells=Mesh: (\d+)", r"Scheme: (?P<scheme>\w+).*gcc (?P<gcc>\S+)", r"rate=Rate: (.*)"]
    )

    assert results == [
        Facts(1, {"cells": 100}),
        Facts(2, {"scheme": "upwind", "gcc": 13.2}),
        Facts(3, {"rate": "inf, v1."}),
    ]


def test_lines_end_the_following():
    results, _ = found("x\nFATAL: y\nEnd\n", fail_on=["FATAL"], until=["^End"])

    assert results == [Stop(2, "FATAL: y", has_failed=True), Stop(3, "End", has_failed=False)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=(abc", r"metric: missing \), unterminated subpattern at position 2\n  a=\(abc\n    \^"),
        ("abc", "it is not said what the metric is; put a group round"),
        ("(abc)", "it is not said what the metric is; name it"),
        ("(?P<value>abc)", "name it: NAME=REGEX"),
        ("a=abc", "there is no group for the value"),
        ("a=(b)(c)", "several groups, and none is named value"),
        ("a/{b}=(?P<value>c)", r"has \{b\}, and the expression no such group"),
        ("a=", "what the metric is"),
        ("", "is empty"),
        ("a=(?P<value>x", r"unterminated subpattern at position 2"),
    ],
)
def test_a_metric_that_cannot_be_meant_is_refused(text, message):
    with pytest.raises(ConfigurationError, match=message):
        patterns.metric(text)


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("step", r"Iter \d+", "step .*no group for the value"),
        ("time", r"*", "time: nothing to repeat at position 0"),
        ("events", ["warning=["], "event: unterminated character set at position 8"),
        ("metadata", ["(.*)"], "it has no name"),
        ("metadata", ["a=b"], "no group for the value"),
        ("fail_on", ["a{2,1}"], "fail-on: min repeat"),
        ("until", [""], "would match every line"),
        ("format", "xml", "use one of csv"),
        ("header", "maybe", "use auto"),
        ("into", "x", "use metrics or metadata"),
        ("columns", ["a"], "need a format"),
        ("delimiter", ";", "for the format csv"),
    ],
)
def test_other_options_are_refused_by_name(option, text, message):
    with pytest.raises(ConfigurationError, match=message):
        Rules.of(**{option: text})


def test_logs_without_anything_to_look_for_are_refused():
    rules = Rules.of(step=r"Iter (\d+)")

    rules.check([])
    with pytest.raises(ConfigurationError, match="nothing to look for"):
        rules.check(["solver.log"])
