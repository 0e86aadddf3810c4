"""JSON lines, and keys with values."""

from hypothesis import given
from hypothesis import strategies as st

from simvue.follow.found import Facts, Place, Values
from tests.follow.test_patterns import found


def test_numbers_of_json_objects_are_metrics():
    text = '{"step": 3, "time": 0.5, "loss": 0.1, "grid": {"nx": 8}, "ok": true, "name": "x"}\n\n{"loss": NaN}\n'

    (first, second), tally = found(text, format="json")

    assert first == Values(1, {"loss": 0.1, "grid.nx": 8.0}, Place(3, 0.5))
    assert str(second.values) == "{'loss': nan}"
    assert tally.skipped == 0


def test_a_key_can_be_chosen_and_renamed():
    text = '{"it": 1, "a": {"b": "1.0D1"}, "c": 2}\n'

    assert found(text, format="json", columns=["a.b=x"], step="it")[0] == [Values(1, {"x": 10.0}, Place(1))]


def test_a_line_that_is_no_object_is_counted():
    results, tally = found('[1]\n{"a":\nhello\n{"a": 1}\n' + "[" * 100_000 + "\n", format="json")

    assert [one.values for one in results] == [{"a": 1.0}]
    assert tally.skipped == 4


def test_integers_beyond_a_double_are_infinite():
    assert found(f'{{"a": {10**400}}}', format="json")[0][0].values == {"a": float("inf")}


def test_pairs_are_found_anywhere_in_a_line():
    text = "[12:30:01] iteration 3: cfl=0.3, res = 1.0D-3; dt: 0.1 mode=fast max(u)=2 T=*****\n"

    (one,), tally = found(text, format="keyvalue")

    assert one.values == {"cfl": 0.3, "res": 1e-3, "dt": 0.1, "max(u)": 2.0}
    assert tally.skipped == 1


def test_a_key_that_comes_twice_makes_two_records():
    results, _ = found("step=1 a=1 a=2\n", format="keyvalue")

    assert [(one.values, one.place.step) for one in results] == [({"a": 1.0}, 1), ({"a": 2.0}, None)]


def test_pairs_may_be_metadata():
    assert found("solver='multi grid' n=3", format="keyvalue", into="metadata")[0] == [
        Facts(1, {"solver": "multi grid", "n": 3.0})
    ]


@given(st.text(), st.sampled_from(["json", "keyvalue", "namelist", "csv", "tsv", "table"]))
def test_no_text_breaks_a_format(text, format):  # noqa: A002
    found("&a\n" + text.encode(errors="replace").decode(), format=format)
