"""The wheel, built through the sdist, holds the code and the specification byte for byte, and nothing else.

A build that loses the schemas ends with exit code 0, so only a comparison of bytes can tell.
The project is copied first: what is compared is then exactly what was built, whoever edits the checkout meanwhile.
"""

import configparser
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BUILT_FROM = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore")
FOLDERS = ("simvue", "sender", "conformance", "spec", "tests")
PACKAGES = {
    "simvue": "simvue",
    "simvue_sender": "sender/simvue_sender",
    "simvue_conformance": "conformance/simvue_conformance",
    "simvue_spec": "spec/simvue_spec",
}
SPECIFICATION = "simvue_spec/v1/"
CACHES = ("__pycache__", ".pyc", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def copy_project(target: Path) -> Path:
    """Copy what a build reads, without caches."""
    target.mkdir()
    for name in BUILT_FROM:
        shutil.copy(PROJECT / name, target / name)
    ignored = shutil.ignore_patterns(*CACHES, "*.pyc")
    for name in FOLDERS:
        shutil.copytree(PROJECT / name, target / name, ignore=ignored)
    return target


def build(project: Path, target: Path) -> dict[str, bytes]:
    """Build sdist, then wheel from it; return the wheel's files by name."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(project)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files_below(folder: Path, prefix: str) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {prefix + path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def expected_files(project: Path) -> dict[str, bytes]:
    expected = files_below(project / "spec" / "v1", SPECIFICATION)
    for package, folder in PACKAGES.items():
        expected |= files_below(project / folder, f"{package}/")
    return expected


def differences(project: Path, wheel: dict[str, bytes]) -> list[str]:
    """Return every file that is missing, unexpected or changed in the wheel."""
    content = {name: data for name, data in wheel.items() if ".dist-info/" not in name}
    expected = expected_files(project)
    names = expected.keys() | content.keys()
    return sorted(name for name in names if expected.get(name) != content.get(name))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("wheel") / "project")


@pytest.fixture(scope="module")
def wheel(project: Path) -> dict[str, bytes]:
    return build(project, project.parent / "dist")


def metadata(wheel: dict[str, bytes], name: str) -> bytes:
    (content,) = (data for path, data in wheel.items() if path.endswith(f".dist-info/{name}"))
    return content


def commands(wheel: dict[str, bytes]) -> dict[str, str]:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(metadata(wheel, "entry_points.txt").decode())
    return dict(parser["console_scripts"])


def test_the_wheel_holds_exactly_the_packages_and_the_specification(project, wheel):
    found = differences(project, wheel)

    assert found == []


def test_the_specification_in_the_wheel_has_schemas_and_vectors(wheel):
    schemas = [name for name in wheel if name.startswith(f"{SPECIFICATION}schemas/")]
    vectors = [name for name in wheel if name.startswith(f"{SPECIFICATION}vectors/")]

    assert schemas
    assert vectors


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_that_it_is_typed(wheel, package):
    assert f"{package}/__init__.py" in wheel
    assert f"{package}/py.typed" in wheel


def test_the_wheel_holds_no_tests_and_no_caches(wheel):
    top_levels = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    caches = [name for name in wheel if any(cache in name for cache in CACHES)]

    assert top_levels == set(PACKAGES)
    assert caches == []


def test_the_wheel_carries_the_whole_licence(project, wheel):
    licence = metadata(wheel, "licenses/LICENSE")

    assert licence == (project / "LICENSE").read_bytes()
    assert b"END OF TERMS AND CONDITIONS" in licence


def test_the_wheel_installs_the_documented_commands(project, wheel):
    found = commands(wheel)

    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]["scripts"]
    assert found == declared
    assert {"simvue_sender", "simvue-sender", "simvue-validate", "simvue-server"} <= set(found)


def test_every_command_names_a_module_of_the_wheel(wheel):
    modules = {target.split(":")[0] for target in commands(wheel).values()}

    missing = [module for module in modules if f"{module.replace('.', '/')}.py" not in wheel]

    assert missing == []


def test_a_build_that_loses_a_schema_is_noticed(tmp_path):
    project = copy_project(tmp_path / "project")
    schema = project / "spec" / "v1" / "schemas" / "build" / "planted.json"
    schema.parent.mkdir(parents=True)
    schema.write_bytes(b"{}\n")  # "build/" is in .gitignore, which the build obeys: exit code 0, no schema

    wheel = build(project, tmp_path / "dist")

    assert f"{SPECIFICATION}schemas/build/planted.json" in differences(project, wheel)


def test_a_build_that_loses_the_whole_specification_is_noticed(tmp_path):
    project = copy_project(tmp_path / "project")
    (project / "spec" / "v1" / "planted.md").write_bytes(b"# planted\n")
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace(', "spec/v1"]', "]"))

    wheel = build(project, tmp_path / "dist")

    assert f"{SPECIFICATION}planted.md" in differences(project, wheel)
