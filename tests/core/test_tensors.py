"""Arrays and grids as members of records."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from simvue.core.encoding import MAX_LINE
from simvue.core.plain import ArrayFound, metric_number
from simvue.core.tensors import automatic_grid, encode_array, grid_definition, grid_name, shape_of
from simvue.errors import WriterError

NUMBERS = st.sampled_from(["<f8", ">f8", "<f4", "<f2", "<i8", "<u8", "u1", "?"])


@given(NUMBERS.flatmap(lambda dtype: arrays(np.dtype(dtype), array_shapes(max_dims=2, max_side=4))))
@pytest.mark.requirement("REC-111", "REC-112", "REC-031")
def test_an_array_is_written_as_numbers_that_a_metric_may_have(array):
    data, is_exact = encode_array("m", array)

    flat = np.array(json.loads(data), dtype=object).ravel()
    assert is_exact
    assert np.array(json.loads(data), dtype=object).shape == array.shape
    for found, value in zip(flat, array.ravel(), strict=True):
        assert type(found) is not bool
        assert float(found) == float(value) or math.isnan(value)
        assert isinstance(found, str) == (not math.isfinite(value))
        assert isinstance(found, str | float) or abs(found) < 2**53


@pytest.mark.requirement("FRM-010")
def test_an_array_that_is_too_long_for_a_line_keeps_nine_digits():
    array = -np.random.default_rng(1).random((500, 100)) * 1e-5
    array[0, 0] = np.nan

    data, is_exact = encode_array("m", array)

    found = np.array(json.loads(data), dtype=float)
    assert not is_exact
    assert len(data) < MAX_LINE - 1000
    np.testing.assert_allclose(found, array, rtol=1e-8)


@pytest.mark.parametrize("array", [np.array([1j]), np.array(["1"]), np.array([None]), np.array([["a"]])], ids=repr)
def test_an_array_of_anything_else_is_refused(array):
    with pytest.raises(WriterError, match="one number"):
        encode_array("m", array)


@pytest.mark.requirement("REC-111", "REC-113")
@pytest.mark.parametrize("shape", [(0,), (0, 2), (2, 0), (1, 1, 1)], ids=str)
def test_an_array_has_one_or_two_axes_and_an_element(shape):
    with pytest.raises(WriterError, match="REC-111"):
        shape_of("m", np.zeros(shape))


@pytest.mark.parametrize("value", [np.zeros(1), np.zeros((1, 1)), np.zeros(3)], ids=repr)
def test_an_array_with_axes_is_told_from_a_number(value):
    with pytest.raises(ArrayFound):
        metric_number("m", value)


@pytest.mark.parametrize("value", [np.array(3.0), np.float32(3), np.int64(3), np.uint8(3)], ids=repr)
def test_an_array_without_axes_is_a_number(value):
    assert metric_number("m", value) == 3


@pytest.mark.parametrize(
    "ticks",
    [
        [[0, 0.5], [1, 2, 3]],
        ([0, 0.5], np.array([1, 2, 3])),
        [np.array([0.0, 0.5], dtype="f4"), range(1, 4)],
    ],
    ids=repr,
)
@pytest.mark.requirement("REC-101", "REC-102", "REC-103", "REC-104")
def test_ticks_are_lists_or_arrays(ticks):
    assert grid_definition(ticks, ("x", "y")) == {"labels": ["x", "y"], "ticks": [[0.0, 0.5], [1.0, 2.0, 3.0]]}
    assert grid_definition(np.array([[1, 2]]), np.array(["x"])) == {"labels": ["x"], "ticks": [[1.0, 2.0]]}


@pytest.mark.requirement("REC-102", "REC-103", "REC-104")
@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([], []),
        ([[]], ["x"]),
        ([[1], [1], [1]], ["x", "y", "z"]),
        ([[2, 1]], ["x"]),
        ([[1, 1]], ["x"]),
        ([[1, math.nan]], ["x"]),
        ([[1, "2"]], ["x"]),
        ([1, 2], ["x", "y"]),
        ("ab", ["x", "y"]),
        ([[1, 2]], ["x", "y"]),
        ([[1, 2]], "x"),
        ([[1, 2]], [1]),
        (5, ["x"]),
        ([[1, 2]], None),
    ],
    ids=str,
)
def test_what_is_no_grid_is_refused(ticks, labels):
    with pytest.raises(WriterError):
        grid_definition(ticks, labels)


@pytest.mark.requirement("REC-100")
@pytest.mark.parametrize("name", ["", "x" * 251, 1, None], ids=repr)
def test_a_grid_has_a_name(name):
    with pytest.raises(WriterError, match="REC-100"):
        grid_name(name)


@pytest.mark.requirement("DLV-075")
def test_an_automatic_grid_goes_from_0_to_1_along_the_reversed_shape():
    assert automatic_grid((2, 3)) == {"labels": ["axis_0", "axis_1"], "ticks": [[0.0, 0.5, 1.0], [0.0, 1.0]]}
    assert automatic_grid((1,)) == {"labels": ["axis_0"], "ticks": [[0.0]]}
