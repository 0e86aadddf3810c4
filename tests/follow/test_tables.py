"""Tables: any delimiter, with a header or without."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.follow.found import Facts, Place, Values
from tests.follow.test_patterns import found


def rows(text, format="csv", **options):  # noqa: A002
    return [(one.values, one.place.step) for one in found(text, format=format, **options)[0]]


def test_a_header_names_the_columns():
    assert rows("step, energy ,name\n1,2.5,x\n\n2,1.0D3,y\n") == [({"energy": 2.5}, 1), ({"energy": 1000.0}, 2)]


@pytest.mark.parametrize(
    ("format", "text", "options"),
    [
        ("tsv", "a\tb c\n1\t2\n", {}),
        ("csv", "a;b c\n1;2\n", {"delimiter": ";"}),
        ("csv", '"a","b c"\n"1","2"\n', {}),
        ("csv", "1,2\n", {"names": ["a", "b c"]}),
        ("csv", "x,y\n1,2\n", {"names": ["a", "b c"]}),
        ("csv", "\ufeffa,b c\r\n1,2", {}),
    ],
)
def test_rows_are_read_whatever_is_between_the_cells(format, text, options):  # noqa: A002
    assert rows(text, format, **options) == [({"a": 1.0, "b c": 2.0}, None)]


def test_columns_with_blanks_between_may_have_a_comment_for_a_header():
    text = "# time  ke   pe\n  0.0   1.0  2.0\n# restarted\n  0.5   3.0  ****\n"

    results, tally = found(text, format="table")

    assert results == [
        Values(2, {"ke": 1.0, "pe": 2.0}, Place(None, 0.0)),
        Values(4, {"ke": 3.0}, Place(None, 0.5)),
    ]
    assert tally.skipped == 1


def test_columns_are_chosen_by_name_number_or_renamed():
    text = "Iteration,Ux,p,note\n5,1,2,x\n6,3,4,5\n"

    assert rows(text, step="iteration", columns=["ux", "3", "note=n"]) == [
        ({"Ux": 1.0, "p": 2.0}, 5),
        ({"Ux": 3.0, "p": 4.0, "n": 5.0}, 6),
    ]


def test_a_chosen_cell_that_is_no_number_is_counted():
    assert found("a,b\nx,1\n,2\n", format="csv", columns=["a"])[1].skipped == 1
    assert found("a,b\nx,1\n,2\n", format="csv")[1].skipped == 0


def test_a_column_that_is_not_there_is_named_with_those_near():
    _, tally = found("residual,cfl\n1,2\n3,4\n", format="csv", columns=["residuals"])

    assert tally.problems == ["there is no 'residuals'; there is residual"]


def test_without_a_header_columns_have_numbers():
    assert rows("1,2\n3,4,5\n") == [
        ({"column1": 1.0, "column2": 2.0}, None),
        ({"column1": 3.0, "column2": 4.0, "column3": 5.0}, None),
    ]
    assert rows("a,b\n1,2\n", header="no") == [({"column1": 1.0, "column2": 2.0}, None)]
    assert rows("2001,2002\n1,2\n", header="yes") == [({"2001": 1.0, "2002": 2.0}, None)]


def test_a_header_that_comes_again_is_no_row():
    assert rows("a,b\n1,2\na,b\n3,4\nb,a\n5,6\n") == [
        ({"a": 1.0, "b": 2.0}, None),
        ({"a": 3.0, "b": 4.0}, None),
        ({"b": 5.0, "a": 6.0}, None),
    ]


def test_a_row_that_is_too_short_is_taken_as_far_as_it_goes():
    assert rows("a,b,c\n1\n") == [({"a": 1.0}, None)]
    assert rows("a,a,\n1,2,3\n") == [({"a": 1.0, "a.2": 2.0, "column3": 3.0}, None)]


def test_cells_may_be_metadata():
    results, _ = found("mesh,cells\ncoarse,100\n", format="csv", into="metadata")

    assert results == [Facts(2, {"mesh": "coarse", "cells": 100.0})]


NAMES = st.text("abcXYZ_/. ,\"'", min_size=1).filter(lambda name: name.strip() == name and "#" not in name)


@given(
    st.lists(NAMES, min_size=1, max_size=5, unique_by=str.casefold),
    st.lists(st.lists(st.floats(allow_nan=False), min_size=5, max_size=5), max_size=5),
)
def test_what_pythons_csv_writes_is_read(names, table):
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(names)
    writer.writerows(row[: len(names)] for row in table)

    results, tally = found(stream.getvalue(), format="csv", header="yes")

    assert [list(one.values.values()) for one in results] == [row[: len(names)] for row in table]
    assert tally.skipped == 0
