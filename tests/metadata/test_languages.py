"""What projects in Rust, Julia and JavaScript are built on."""

import json

import pytest

from simvue.metadata import environment


def facts(place, language):
    return environment(repository=place).get(language)


def test_a_crate_has_its_project_and_its_lock(tmp_path):
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "crab"\nversion = "0.3.0"\n')
    (tmp_path / "Cargo.lock").write_text(
        '[[package]]\nname = "crab"\nversion = "0.3.0"\n\n[[package]]\nname = "serde"\nversion = "1.0.200"\n'
    )

    assert facts(tmp_path, "rust") == {
        "project": {"name": "crab", "version": "0.3.0"},
        "environment": {"crab": "0.3.0", "serde": "1.0.200"},
    }


def test_a_crate_of_a_workspace_has_what_it_says_itself(tmp_path):
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "crab"\nversion.workspace = true\n')

    assert facts(tmp_path, "rust") == {"project": {"name": "crab"}}


@pytest.mark.parametrize(
    ("manifest", "version"),
    [
        ("", "0.21"),
        ('manifest_format = "2.0"\n[[deps.JSON]]\nversion = "0.21.4"\n[[deps.Dates]]\nuuid = "a"\n', "0.21.4"),
        ('[[JSON]]\nversion = "0.21.3"\n', "0.21.3"),
    ],
    ids=["none", "second format", "first format"],
)
def test_a_project_of_julia_has_the_versions_of_its_manifest(tmp_path, manifest, version):
    (tmp_path / "Project.toml").write_text(
        'name = "Jul"\nuuid = "7876"\nversion = "0.5.0"\n[deps]\nJSON = "682c"\n[compat]\nJSON = "0.21"\n'
    )
    if manifest:
        (tmp_path / "Manifest.toml").write_text(manifest)

    assert facts(tmp_path, "julia") == {
        "project": {"name": "Jul", "uuid": "7876", "version": "0.5.0"},
        "environment": {"JSON": version},
    }


NESTED = {"a": {"version": "2.0", "dependencies": {"b": {"version": "0.1"}}}, "b": {"version": "1.0"}}
LISTED = {
    "": {"name": "n", "version": "1.0.0"},
    "node_modules/a": {"version": "2.0"},
    "node_modules/a/node_modules/b": {"version": "0.1"},
    "node_modules/b": {"version": "1.0"},
    "node_modules/linked": {"link": True},
}


@pytest.mark.parametrize(
    "lock",
    [
        {"lockfileVersion": 1, "dependencies": NESTED},
        {"lockfileVersion": 2, "packages": LISTED, "dependencies": NESTED},
        {"lockfileVersion": 3, "packages": LISTED},
    ],
    ids=["1", "2", "3"],
)
def test_a_lock_of_node_has_the_version_nearest_to_the_project(tmp_path, lock):
    (tmp_path / "package-lock.json").write_text(json.dumps({"name": "n", "version": "1.0.0", **lock}))

    assert facts(tmp_path, "javascript") == {
        "project": {"name": "n", "version": "1.0.0"},
        "environment": {"a": "2.0", "b": "1.0"},
    }


def test_packages_of_a_scope_keep_it(tmp_path):
    lock = {"packages": {"node_modules/@scope/c": {"version": "9.0"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))

    assert facts(tmp_path, "javascript")["environment"] == {"@scope/c": "9.0"}


@pytest.mark.parametrize("language", ["rust", "julia", "javascript"])
def test_without_files_there_are_no_facts(tmp_path, language):
    assert facts(tmp_path, language) is None
