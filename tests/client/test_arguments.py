"""Arguments are checked before anything is asked, with errors that scripts for the published client catch."""

from pathlib import Path

import pytest

from simvue.client import arguments
from simvue.client.arguments import ArgumentError

REFUSED = [
    (arguments.run_name, ("a*b",), "letters"),
    (arguments.run_name, (3,), "letters"),
    (arguments.run_name, ("",), "letters"),
    (arguments.folder_path, ("nope",), "begin with /"),
    (arguments.text, ("", "run_id"), "run_id"),
    (arguments.text, (None, "run_id"), "run_id"),
    (arguments.text_list, ("abc", "metric_names"), "list"),
    (arguments.text_list, ([1], "metric_names"), "list"),
    (arguments.count, (0, "count_limit"), "1 or more"),
    (arguments.count, (True, "count_limit"), "1 or more"),
    (arguments.start, (-1, "start_index"), "0 or more"),
    (arguments.choice, ("xml", "output_format", ["dict", "objects"]), "'dict', 'objects'"),
    (arguments.filter_list, ("name == a", "filters"), "list"),
    (arguments.sort_keys, (["name"],), "pairs"),
    (arguments.sort_keys, ([("name", "down")],), "pairs"),
    (arguments.sort_keys, ("name",), "pairs"),
    (arguments.directory, ("/no/such/place",), "no directory"),
]


@pytest.mark.parametrize(("check", "values", "words"), REFUSED)
def test_what_cannot_be_used_is_named_in_the_error(check, values, words):
    with pytest.raises(ArgumentError, match=words):
        check(*values)


def test_the_error_is_caught_by_both_of_the_published_classes():
    assert issubclass(ArgumentError, RuntimeError)
    assert issubclass(ArgumentError, ValueError)


def test_none_is_the_default():
    assert arguments.count(None, "count_limit") is None
    assert arguments.start(None, "start_index") == 0
    assert arguments.filter_list(None, "filters") == []
    assert arguments.sort_keys(None) == []
    assert arguments.directory(None) == Path.cwd()


def test_a_filter_object_is_its_conditions():
    class Filter:
        def as_list(self) -> list[str]:
            return ["name == a"]

    assert arguments.filter_list(Filter(), "filters") == ["name == a"]
