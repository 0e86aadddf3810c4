"""What Python projects are built on."""

import json
import subprocess
import sys

import pytest

from simvue.metadata import environment

POETRY = '[[package]]\nname = "aa"\nversion = "1.1"\n\n[[package]]\nname = "bb"\nversion = "2.2"\n\n[metadata]\nx = 1\n'
UV = 'version = 1\n\n[[package]]\nname = "cc"\nversion = "3.3"\nsource = { registry = "https://pypi.org/simple" }\n'
CONDA = """name: env  # a comment
channels:
  - conda-forge
dependencies:
  - python=3.11
  - numpy>=1.20
  - conda-forge::xarray=2024.1
  - scipy=1.10=abc123
  - plain
  - "quoted==2"  # why
  - with_extra[all]>=3,<4
  - tilde~=1.4
  - pip
  - pip:
    - requests==2.31
    - bare
prefix: /opt/env
variables:
  - no=1
"""


def facts(place):
    return environment(repository=place)["python"]


@pytest.mark.parametrize(
    ("content", "project"),
    [
        ('[project]\nname = "p"\nversion = "1"\n', {"name": "p", "version": "1"}),
        ('[tool.poetry]\nname = "p"\nversion = "1"\n', {"name": "p", "version": "1"}),
        ('[project]\nname = "p"\ndynamic = ["version"]\n', {"name": "p"}),
        ("[build-system]\n", None),
    ],
    ids=["standard", "poetry", "dynamic", "none"],
)
def test_a_project_has_its_name_and_version(tmp_path, content, project):
    (tmp_path / "pyproject.toml").write_text(content)

    assert facts(tmp_path).get("project") == project


@pytest.mark.parametrize(
    ("files", "packages"),
    [
        ({"poetry.lock": POETRY, "uv.lock": UV, "environment.yml": CONDA}, {"aa": "1.1", "bb": "2.2"}),
        ({"uv.lock": UV, "environment.yml": CONDA}, {"cc": "3.3"}),
        ({"poetry.lock": "broken = =", "uv.lock": UV}, {"cc": "3.3"}),
    ],
    ids=["poetry", "uv", "broken"],
)
def test_the_first_lock_that_can_be_read_is_the_environment(tmp_path, files, packages):
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    assert facts(tmp_path)["environment"] == packages


@pytest.mark.parametrize("name", ["environment.yml", "environment.yaml"])
def test_an_environment_of_conda_has_the_packages_with_a_version(tmp_path, name):
    (tmp_path / name).write_text(CONDA)

    assert facts(tmp_path)["environment"] == {
        "python": "3.11",
        "numpy": "1.20",
        "xarray": "2024.1",
        "scipy": "1.10",
        "quoted": "2",
        "with_extra": "3",
        "tilde": "1.4",
        "requests": "2.31",
    }


def test_without_a_lock_it_is_what_is_installed_as_pip_tells_it(tmp_path):
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )

    found = facts(tmp_path)["environment"]

    assert found == {package["name"]: package["version"] for package in json.loads(listed.stdout)}
    assert list(found) == sorted(found, key=lambda name: name.lower().replace("_", "-").replace(".", "-"))


def test_the_first_of_a_name_counts_and_what_cannot_be_read_is_passed_over(tmp_path, monkeypatch):
    for place, name, version in (("a", "Some.Thing", "1"), ("b", "some-thing", "2"), ("b", "other", "3")):
        directory = tmp_path / place / f"{name}-{version}.dist-info"
        directory.mkdir(parents=True)
        (directory / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: x\n")
    (tmp_path / "b" / "bare-4.5.dist-info").mkdir()
    (tmp_path / "b" / "noversion.egg-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / name) for name in ("missing", "a", "b")])

    assert facts(tmp_path)["environment"] == {"bare": "4.5", "other": "3", "Some.Thing": "1"}
