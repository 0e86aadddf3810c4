"""Numbers of records."""

from typing import Any

import pytest

from simvue.core.records import Problem
from simvue.core.sequence import REMEMBERED, Recent, next_after, number_of


@pytest.mark.parametrize(("seq", "number"), [(1, 1), (2.0, 2), (2**53 - 1, 2**53 - 1)])
@pytest.mark.requirement("SEQ-001", "REC-008")
def test_an_integer_is_a_number_also_with_a_point(seq: Any, number: int) -> None:
    assert number_of({"seq": seq}) == number


@pytest.mark.parametrize("seq", [0, -1, 1.5, "1", True, None, 2**53, [], {}])
@pytest.mark.requirement("SEQ-001", "SEQ-009")
def test_anything_else_is_not(seq: Any) -> None:
    problem = number_of({"seq": seq})

    assert isinstance(problem, Problem)
    assert problem.requirement == "SEQ-001"


@pytest.mark.parametrize(("last", "number", "requirement"), [(4, 6, "SEQ-002"), (4, 4, "SEQ-007"), (4, 1, "SEQ-007")])
@pytest.mark.requirement("SEQ-002", "SEQ-007")
def test_a_number_that_does_not_fit_is_told(last: int, number: int, requirement: str) -> None:
    problem = next_after(last, number)

    assert problem is not None
    assert problem.requirement == requirement
    assert str(last) in problem.message
    assert str(number) in problem.message


def test_the_number_that_comes_next_is_no_problem() -> None:
    assert next_after(4, 5) is None


@pytest.mark.requirement("SEQ-006", "SEQ-008")
def test_a_memory_forgets_the_oldest_and_compares_all_bytes() -> None:
    records = [b'{"kind":"event","seq":%d}' % number for number in range(1, REMEMBERED + 2)]
    memory = Recent()

    memory.add(1, records[0])
    memory.add_run(2, records[1:])
    again = Recent(memory.digests())

    for recent in (memory, again):
        assert not recent.has(1, records[0])
        assert recent.has(2, records[1])
        assert recent.has(REMEMBERED + 1, records[-1])
        assert not recent.has(2, records[1] + b" ")
        assert not recent.has(3, records[1])
