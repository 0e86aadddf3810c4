"""Filters say their conditions in the server's words, and the server understands them."""

import pytest

from simvue.api.objects import Run, UserAlert
from simvue.api.objects.filter import FoldersFilter, RestAPIFilter, RunsFilter

SYSTEM = {
    "cwd": "/work",
    "hostname": "node1",
    "pythonversion": "3.12.1",
    "platform": {"system": "Linux", "release": "6.1", "version": "v"},
    "cpu": {"arch": "x86_64", "processor": "chip"},
    "gpu": {"name": "card", "driver": "1"},
}


@pytest.fixture(scope="module")
def runs(server, request):
    """Two runs that differ in everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMVUE_URL", server.url)
        patch.setenv("SIMVUE_TOKEN", server.token)
        alert = UserAlert.new(name="filter alert", description=None, notification="none")
        alert.commit()
        one = Run.new(folder="/filter/one", name="filter one", tags=["mine"], system=SYSTEM, status="running")
        one.metadata = {"a": {"b": 3}, "word": "x"}
        one.description, one.alerts = "some words", [alert.id]
        two = Run.new(folder="/filter/two", name="filter two", status="completed", metadata={"a": {"b": 5}})
        for run in (one, two):
            run.commit()
        alert.set_status(one.id, "critical")
        one.star = True
        one.commit()
    return {one.id: "one", two.id: "two"}


@pytest.mark.parametrize(
    ("name", "given", "words", "found"),
    [
        ("has_name", ["filter one"], "name == filter one", "one"),
        ("has_name_containing", ["ter on"], "name contains ter on", "one"),
        ("exclude_name", ["filter one"], "name != filter one", "two"),
        ("owner", [], "user == self", "one two"),
        ("exclude_owner", ["user01"], "user != user01", ""),
        ("has_status", ["running"], "status == running", "one"),
        ("is_running", [], "status == running", "one"),
        ("is_lost", [], "status == lost", ""),
        ("has_completed", [], "status == completed", "two"),
        ("has_failed", [], "status == failed", ""),
        ("has_alert", ["filter alert"], "alert.name == filter alert", "one"),
        ("in_folder", ["/filter/one"], "folder.path == /filter/one", "one"),
        ("in_folder_containing", ["er/tw"], "folder.path contains er/tw", "two"),
        ("exclude_in_folder", ["/filter/one"], "folder.path != /filter/one", "two"),
        ("has_tag", ["mine"], "has tag.mine", "one"),
        ("exclude_tag", ["mine"], "has not tag.mine", "two"),
        ("starred", [], "starred", "one"),
        ("has_description_containing", ["me wo"], "description contains me wo", "one"),
        ("has_metadata_attribute", ["word"], "metadata.word exists", "one"),
        ("exclude_metadata_attribute", ["word"], "metadata.word not exists", "two"),
        ("has_metadata_value", ["a.b", 3], "metadata.a.b == 3", "one"),
        ("exclude_metadata_value", ["a.b", 3], "metadata.a.b != 3", "two"),
        ("has_metadata_value_greater_than", ["a.b", 3], "metadata.a.b > 3", "two"),
        ("has_metadata_value_less_than", ["a.b", 5], "metadata.a.b < 5", "one"),
        ("has_metadata_value_greater_than_or_equal_to", ["a.b", 3], "metadata.a.b >= 3", "one two"),
        ("has_metadata_value_less_than_or_equal_to", ["a.b", 3.5], "metadata.a.b <= 3.5", "one"),
        ("has_working_directory", ["/work"], "system.cwd == /work", "one"),
        ("has_hostname", ["node1"], "system.hostname == node1", "one"),
        ("has_python_version", ["3.12.1"], "system.pythonversion == 3.12.1", "one"),
        ("has_platform", ["Linux"], "system.platform.system == Linux", "one"),
    ],
)
def test_each_condition_finds_what_it_says(runs, name, given, words, found):
    narrowed = getattr(Run.filter().in_folder_containing("/filter/"), name)(*given)

    assert narrowed.as_list()[1:] == [words]
    assert sorted(runs[key] for key, _ in narrowed.get()) == found.split()
    assert narrowed.count() == len(found.split())


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (RunsFilter().exclude_description_containing("x"), ["description not contains x"]),
        (RunsFilter().has_alert("a", is_critical=True), ["alert.name == a", "alert.status == critical"]),
        (RunsFilter().has_alert("a", is_critical=False), ["alert.name == a", "alert.status == ok"]),
        (RunsFilter().created_within(hours=3), ["created < 3h"]),
        (RunsFilter().started_within(days=2), ["started < 2d"]),
        (RunsFilter().modified_within(years=1), ["modified < 1y"]),
        (RunsFilter().ended_within(hours=1), ["ended < 1h"]),
        (RunsFilter().exclude_working_directory("/w"), ["system.cwd != /w"]),
        (RunsFilter().exclude_hostname("h"), ["system.hostname != h"]),
        (RunsFilter().exclude_python_version("3.11"), ["system.pythonversion != 3.11"]),
        (RunsFilter().has_cpu(architecture="a", processor="p"), ["system.cpu.arch == a", "system.cpu.processor == p"]),
        (RunsFilter().exclude_cpu(processor="p"), ["system.cpu.processor != p"]),
        (RunsFilter().has_gpu(name="n", processor="p"), ["system.gpu.name == n", "system.gpu.processor == p"]),
        (RunsFilter().exclude_gpu(processor="p"), ["system.gpu.processor != p"]),
        (
            RunsFilter().has_platform("Linux", release="6", version="v"),
            ["system.platform.system == Linux", "system.platform.release == 6", "system.platform.version == v"],
        ),
        (RunsFilter().exclude_platform("Linux"), ["system.platform.system != Linux"]),
        (FoldersFilter().has_path("/a").has_path_containing("b"), ["path == /a", "path contains b"]),
    ],
)
def test_conditions_are_said_in_the_servers_words(made, words):
    assert made.as_list() == words


@pytest.mark.parametrize("given", [{}, {"hours": 1, "days": 1}, {"hours": -1}, {"days": 0}])
def test_a_time_is_given_in_one_unit(given):
    with pytest.raises(ValueError, match="exactly one"):
        RunsFilter().created_within(**given)


def test_a_filter_needs_conditions_and_a_kind():
    with pytest.raises(ValueError, match="at least one"):
        RunsFilter().has_cpu()
    with pytest.raises(RuntimeError, match="no kind"):
        RestAPIFilter().count()
    cleared = RunsFilter().has_tag("x")
    cleared.clear()
    assert cleared.as_list() == []


def test_a_filtered_list_is_limited(runs):
    assert len(list(Run.filter().in_folder_containing("/filter/").get(count=1))) == 1
    assert len(list(Run.filter().in_folder_containing("/filter/").get(offset=1))) == 1
