"""Runs are found by conditions, exactly as many as are wanted, in the order that is wanted, in three forms."""

import sys

import pytest

from simvue.api.objects import Run
from simvue.client import ArgumentError
from simvue.server.refusals import ObjectNotFoundError, ServerRefusalError

SYSTEM = {"cwd": "/x", "hostname": "h", "cpu": {"arch": "x86_64", "processor": "p"}}


@pytest.fixture(scope="module")
def three(site):
    """Three runs: a, b and c, with a number each."""
    runs = {}
    for number, name in enumerate("abc"):
        facts = {"metadata": {"number": number, "deep": {"letter": name}}, "system": SYSTEM, "tags": ["three"]}
        runs[name] = site.run(f"runs-{name}", folder="/runs", **facts)
        site.log(runs[name], "x", [float(-number)])
    return runs


@pytest.fixture(scope="module")
def many(site):
    """Two hundred and fifty runs, by their names."""
    entries = [{"name": f"page-{number:03}", "folder": "/", "tags": ["page"]} for number in range(250)]
    site.send("POST", "/api/runs", entries)
    return [entry["name"] for entry in entries]


def names(pairs):
    return [run.name for _, run in pairs]


def test_a_run_is_found_by_its_identifier_or_its_name(client, three):
    assert client.get_run(three["a"]).name == "runs-a"
    assert client.get_run_id_from_name("runs-b") == three["b"]
    assert client.get_run_name_from_id(three["c"]) == "runs-c"


def test_a_run_that_is_not_there_is_an_error_at_once(client):
    with pytest.raises(ObjectNotFoundError):
        client.get_run("nobody")
    with pytest.raises(ObjectNotFoundError):
        client.get_run_name_from_id("nobody")
    with pytest.raises(RuntimeError, match="nobody"):
        client.get_run_id_from_name("nobody")


def test_a_name_of_several_runs_says_nothing(client, site):
    for _ in range(2):
        site.run("runs-twin")

    with pytest.raises(RuntimeError, match="more than one"):
        client.get_run_id_from_name("runs-twin")


def test_conditions_are_all_met(client, three):
    assert names(client.get_runs(["has tag.three", "metadata.number > 0"])) == ["runs-c", "runs-b"]
    assert names(client.get_runs(["name == nobody"])) == []
    assert names(client.get_runs(Run.filter().has_tag("three").has_name("runs-a"))) == ["runs-a"]


@pytest.mark.parametrize(
    ("column", "is_descending", "order"),
    [
        ("name", False, "abc"),
        ("name", True, "cba"),
        ("created", False, "abc"),
        ("metadata.number", True, "cba"),
        ("metrics.x", True, "abc"),
    ],
)
def test_runs_are_sorted_by_a_column(client, three, column, is_descending, order):
    found = client.get_runs(["has tag.three"], sort_by_columns=[(column, is_descending)])

    assert names(found) == [f"runs-{name}" for name in order]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 150, 200, 249, 250, 251, None])
def test_there_are_exactly_as_many_as_are_wanted(client, many, count):
    order = [("name", False)]

    found = names(client.get_runs(["has tag.page"], count_limit=count, sort_by_columns=order))

    assert found == many[:count]


def test_pages_are_asked_for_when_they_are_needed(client, site, many):
    before = len(site.requests())

    first = next(iter(client.get_runs(["has tag.page"], count_limit=None, sort_by_columns=[("name", False)])))

    assert first[1].name == many[0]
    assert len(site.requests()) == before + 1


def test_some_are_left_out_at_the_beginning(client, many):
    order = [("name", False)]

    assert names(client.get_runs(["has tag.page"], start_index=240, sort_by_columns=order)) == many[240:]
    assert (
        names(client.get_runs(["has tag.page"], start_index=95, count_limit=10, sort_by_columns=order)) == many[95:105]
    )
    assert names(client.get_runs(["has tag.page"], start_index=300)) == []


def test_dictionaries_hold_the_whole_run_at_one_request_for_a_page(client, site, many, three):
    before = len(site.requests())

    runs = client.get_runs(["has tag.three"], output_format="dict", sort_by_columns=[("name", False)])
    pages = client.get_runs(["has tag.page"], output_format="dict", count_limit=None)

    assert len(site.requests()) == before + 1 + 3
    assert len(pages) == len(many)
    assert [run["id"] for run in runs] == [three[name] for name in "abc"]
    assert runs[1]["metadata"] == {"number": 1, "deep": {"letter": "b"}}
    assert runs[1]["metrics"]["x"]["last"] == -1.0


def test_a_data_frame_has_a_row_for_each_run(client, three):
    frame = client.get_runs(["has tag.three"], output_format="dataframe", sort_by_columns=[("name", False)])

    assert list(frame["name"]) == ["runs-a", "runs-b", "runs-c"]
    assert list(frame["metadata.number"]) == [0, 1, 2]
    assert set(frame["system.cpu.arch"]) == {"x86_64"}


def test_only_ones_own_runs(client, other_client, three):
    assert len(names(client.get_runs(["has tag.three"], show_shared=False))) == 3
    assert len(names(other_client.get_runs(["has tag.three"]))) == 3
    assert names(other_client.get_runs(["has tag.three"], show_shared=False)) == []


def test_objects_fetch_what_the_list_did_not_hold(client, three):
    ((_, run),) = client.get_runs(["name == runs-b"], attributes=["name"])

    assert run.metadata == {"number": 1, "deep": {"letter": "b"}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filters": "name == a"}, "filters"),
        ({"output_format": "xml"}, "output_format"),
        ({"count_limit": 0}, "count_limit"),
        ({"start_index": -1}, "start_index"),
        ({"sort_by_columns": [("nonsense", True)]}, "nonsense"),
        ({"sort_by_columns": ["name"]}, "pairs"),
        ({"attributes": "name"}, "attributes"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(client, options, words):
    with pytest.raises(ArgumentError, match=words):
        client.get_runs(**{"filters": None, **options})


def test_a_condition_that_the_server_does_not_know_is_an_error(client):
    with pytest.raises(ServerRefusalError, match="422"):
        list(client.get_runs(["foo bar baz"]))


def test_a_run_is_aborted_and_deleted(client, site):
    run = site.run("runs-doomed")

    client.abort_run(run, "because")
    assert site.send("GET", f"/api/runs/{run}/abort") == {"status": True}
    assert client.delete_run(run) is None

    with pytest.raises(ObjectNotFoundError):
        client.delete_run(run)
    with pytest.raises(ObjectNotFoundError):
        client.abort_run(run, "because")
    with pytest.raises(ObjectNotFoundError):
        client.get_run(run)


def test_without_pandas_a_data_frame_says_what_to_install(client, three, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(RuntimeError, match="pip install pandas"):
        client.get_runs(["has tag.three"], output_format="dataframe")
    assert len(client.get_runs(["has tag.three"], output_format="dict")) == 3
