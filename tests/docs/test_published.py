"""Every public name of the published client is accounted for, and the page says so."""

import dataclasses

import pytest

from docs.published import compare
from docs.published.compare import PAGE, Row, Verdict, Word, page, problems, rows


def test_every_published_name_is_the_same_or_has_a_verdict() -> None:
    assert problems(rows()) == []


def test_the_page_shows_the_present_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m docs.published.compare"


def ours(first: int, second: str = "b", *, third: bool = False) -> None: ...


@pytest.mark.parametrize(
    ("published", "difference"),
    [
        ([["first", "", ""], ["second", "", "'b'"], ["third", "k", "False"]], ""),
        ([["first", "", ""], ["fourth", "k", "1"]], "there is a parameter less: fourth"),
        ([["second", "", "'b'"]], "second is not at its place"),
        ([["first", "", ""], ["second", "", "'b'"], ["third", "", "False"]], "third is not at its place"),
        ([["first", "", ""], ["second", "", "'c'"]], "second is 'b' by default, not 'c'"),
        ([["first", "", "1"]], "first has no default here"),
    ],
)
def test_a_parameter_that_a_call_could_miss_is_found(published: list[list[str]], difference: str) -> None:
    assert compare._of_parameters(published, ours) == difference


def test_a_name_that_is_missing_is_found() -> None:
    assert compare._find("simvue.run", "Walk") is compare._MISSING
    assert compare._of_member(str, "walk", [], "str.walk") == "there is no str.walk"


def test_verdicts_that_do_not_hold_are_found() -> None:
    found = rows()
    absent = Verdict("simvue.run.Run.close", Word.ABSENT, "untrue")
    close = Row("simvue.run", "simvue.run.Run.close", "", absent)

    assert any("it is there" in problem for problem in problems([*found, close]))
    better = Row("m", "m.f", "there is no m.f", Verdict("m.f", Word.BETTER, "untrue"))
    assert any("but the verdict says better" in problem for problem in problems([*found, better]))
    owed = dataclasses.replace(close, verdict=None, difference="x is not at its place")
    assert "simvue.run.Run.close: x is not at its place" in problems([*found, owed])
