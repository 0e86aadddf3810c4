"""Fortran namelists, as `write (unit, nml=group)` prints them and as people write them."""

import pytest

from simvue.follow.found import Facts, Place, Values
from tests.follow.test_patterns import found


def values(text, **options):
    return [one.values for one in found(text, format="namelist", **options)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&run nx = 8, dt=1.0D-3 /\n", {"nx": 8.0, "dt": 1e-3}),
        ("before\n &RUN\n  NX = 8,\n  DT=1.0+100\n /\nafter = 3\n", {"nx": 8.0, "dt": 1e100}),
        ("$run a=1 $end\n", {"a": 1.0}),
        ("&run a=1 &end\n", {"a": 1.0}),
        ("&run u = 1.0, 2.0 3.0 /\n", {"u(1)": 1.0, "u(2)": 2.0, "u(3)": 3.0}),
        ("&run u = 2*0.5, , 4 /\n", {"u(1)": 0.5, "u(2)": 0.5, "u(4)": 4.0}),
        ("&run u(3) = 1, 2 /\n", {"u(3)": 1.0, "u(4)": 2.0}),
        ("&run p%x(2)%y = 5, q = 'a/b', r = 1 ! nx = 9 /\n /\n", {"p%x(2)%y": 5.0, "r": 1.0}),
        ("&run t = 'it''s\n  a = 2 /', b = 3 /\n", {"b": 3.0}),
        ("&run ok = .true., z = (1.0,2.0), b = 4 /", {"b": 4.0}),
        ("&run a = -1.5\n b = +2\n/\n", {"a": -1.5, "b": 2.0}),
    ],
)
def test_a_group_is_read(text, expected):
    assert values(text) == [expected]


def test_each_group_is_a_record_with_its_step():
    text = "&out step=1 r=0.5 /\n&out step=2 r=0.25 /\n&cut r=1\n&out r=9, time=2.5 /\n"

    assert found(text, format="namelist")[0] == [
        Values(1, {"r": 0.5}, Place(1)),
        Values(2, {"r": 0.25}, Place(2)),
        Values(4, {"r": 9.0}, Place(None, 2.5)),
    ]


def test_a_group_may_be_metadata():
    assert found("&run nx = 8, scheme = 'upwind', ok=T /\n", format="namelist", into="metadata")[0] == [
        Facts(1, {"nx": 8.0, "scheme": "upwind", "ok": "T"})
    ]


def test_a_group_without_end_takes_bounded_memory():
    results, tally = found("&run\n" + "a = 1,\n" * 200_000 + "/\n&b c = 2 /\n", format="namelist")

    assert [one.values for one in results] == [{"c": 2.0}]
    assert tally.skipped == 1


def test_what_gfortran_writes_is_read():
    text = """\
&RUN
 NX=          8,
 U=  1.0000000000000000E-003,  1.0000000000000000E+200, 2*2.0000000000000000       ,
 S="a/b'c    ",
 OK=T,
 Z=             (1.00000000,2.00000000),
 /
"""

    (one,), tally = found(text, format="namelist", into="metadata")

    assert one.values["nx"] == 8.0
    assert [one.values[f"u({index})"] for index in (1, 2, 3, 4)] == [1e-3, 1e200, 2.0, 2.0]
    assert one.values["s"] == "a/b'c    "
    assert one.values["ok"] == "T"
    assert tally.skipped == 0
