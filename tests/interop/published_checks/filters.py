"""The filters of the low-level objects: each leaves the runs it describes, and not the others."""

from collections.abc import Callable
from typing import Any

from common import bare_run, fresh

from simvue.api.objects import Folder, UserAlert
from simvue.api.objects import Run as RunObject

SYSTEM = {
    "cwd": "/scratch/here",
    "hostname": "node07",
    "pythonversion": "3.11.7",
    "platform": {"system": "Linux", "release": "6.1", "version": "#1 SMP"},
    "cpu": {"arch": "x86_64", "processor": "Threadripper"},
    "gpu": {"name": "H100", "driver": "550"},
}


def _found(narrow: Callable[[Any], Any]) -> set[str]:
    return {identifier for identifier, _ in narrow(RunObject.filter()).get(count=1000)}


def check_filters_of_runs() -> None:
    alert = UserAlert.new(name=fresh("alert"), description=None, notification="none")
    alert.commit()
    stem, tag = fresh("needle"), fresh("tag")
    run = bare_run(
        name=f"{stem}-one",
        folder=f"/{stem}/inner",
        tags=[tag],
        status="running",
        description=f"about {stem}",
        metadata={stem: 5, "deep": {stem: "text"}},
        system=SYSTEM,
        alerts=[alert.id],
    )
    other = bare_run(name=f"other-{stem[::-1]}", status="completed")
    alert.read_only(False)
    alert.set_status(run.id, "critical")
    run.read_only(False)
    run.star = True
    run.commit()
    cases: list[tuple[str, Callable[[Any], Any], bool]] = [
        ("has_name", lambda f: f.has_name(f"{stem}-one"), False),
        ("has_name_containing", lambda f: f.has_name_containing(stem), False),
        ("exclude_name", lambda f: f.exclude_name(f"{stem}-one"), True),
        ("has_tag", lambda f: f.has_tag(tag), False),
        ("has_status", lambda f: f.has_status("running"), False),
        ("is_running", lambda f: f.is_running(), False),
        ("has_completed", lambda f: f.has_completed(), True),
        ("in_folder", lambda f: f.in_folder(f"/{stem}/inner"), False),
        ("has_alert", lambda f: f.has_alert(alert.name, is_critical=True), False),
        ("has_description_containing", lambda f: f.has_description_containing(stem), False),
        ("has_metadata_attribute", lambda f: f.has_metadata_attribute(stem), False),
        ("exclude_metadata_attribute", lambda f: f.exclude_metadata_attribute(stem), True),
        ("exclude_description_containing", lambda f: f.exclude_description_containing(stem), True),
        ("has_metadata_value", lambda f: f.has_metadata_value(stem, 5), False),
        ("has_metadata_value, nested", lambda f: f.has_metadata_value(f"deep.{stem}", "text"), False),
        ("greater", lambda f: f.has_metadata_value_greater_than(stem, 4), False),
        ("greater or equal", lambda f: f.has_metadata_value_greater_than_or_equal_to(stem, 5), False),
        ("less", lambda f: f.has_metadata_value_less_than(stem, 10), False),
        ("less or equal", lambda f: f.has_metadata_value_less_than_or_equal_to(stem, 5), False),
        ("exclude_tag", lambda f: f.exclude_tag(tag), True),
        ("exclude_in_folder", lambda f: f.exclude_in_folder(f"/{stem}/inner"), True),
        ("in_folder_containing", lambda f: f.in_folder_containing(f"/{stem}"), False),
        ("has_gpu", lambda f: f.has_gpu(name="H100"), False),
        ("has_platform", lambda f: f.has_platform("Linux", release="6.1", version="#1 SMP"), False),
        ("has_hostname", lambda f: f.has_hostname("node07"), False),
        ("has_working_directory", lambda f: f.has_working_directory("/scratch/here"), False),
        ("has_python_version", lambda f: f.has_python_version("3.11.7"), False),
        ("has_cpu", lambda f: f.has_cpu(architecture="x86_64", processor="Threadripper"), False),
        ("starred", lambda f: f.starred(), False),
    ]
    wrong = []
    for name, narrow, keeps_other in cases:
        found = _found(narrow)
        if (run.id in found, other.id in found) != (not keeps_other, keeps_other):
            wrong.append(f"{name}: {run.id in found}, {other.id in found}")
    assert not wrong, wrong
    both = _found(lambda f: f.owner("self").created_within(hours=1))
    assert {run.id, other.id} <= both
    assert run.id in _found(lambda f: f.started_within(hours=1).modified_within(days=1))
    assert other.id in _found(lambda f: f.ended_within(years=1))
    # Runs that say nothing of a thing are in neither half of a filter on it.
    left = _found(
        lambda f: f.exclude_cpu(architecture="arm").exclude_hostname("node08").exclude_python_version("2.7.1")
    )
    assert run.id in left
    for narrow in (
        lambda f: f.exclude_gpu(name="A100"),
        lambda f: f.exclude_working_directory("/elsewhere"),
        lambda f: f.exclude_metadata_value(stem, 6),
        lambda f: f.exclude_owner("nobody"),
    ):
        assert run.id in _found(narrow), RunObject.filter().as_list()
    assert not _found(lambda f: f.exclude_owner("self"))
    assert not _found(lambda f: f.is_lost().has_failed())
    assert RunObject.filter().has_tag(tag).count() == 1


def check_filters_of_folders() -> None:
    stem, tag = fresh("folders"), fresh("tag")
    for name, tags in (("a", [tag]), ("b", [])):
        Folder.new(path=f"/{stem}/{name}", tags=tags, metadata={"n": len(tags)}).commit()

    def paths(narrowed: Any) -> set[str]:
        return {folder.path for _, folder in narrowed.get(count=1000)}

    narrow = Folder.filter
    assert paths(narrow().has_path_containing(stem)) == {f"/{stem}", f"/{stem}/a", f"/{stem}/b"}
    assert paths(narrow().has_path(f"/{stem}/a")) == {f"/{stem}/a"}
    assert paths(narrow().has_path_containing(stem).has_tag(tag)) == {f"/{stem}/a"}
