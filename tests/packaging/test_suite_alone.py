"""The suite, installed from a wheel into an environment of its own, runs there from any folder, without pytest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.test_wheel import PROJECT, build, copy_project


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a new environment that has the wheel with its extra, and nothing else."""
    directory = tmp_path_factory.mktemp("alone")
    build(copy_project(directory / "project"), directory)
    (wheel,) = directory.glob("*.whl")
    shutil.rmtree(directory / "project")
    subprocess.run([sys.executable, "-m", "venv", directory / "env"], check=True)
    pip = [directory / "env" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, f"{wheel}[conformance]"], check=True, capture_output=True, timeout=300)
    return directory / "env" / "bin"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(
        [command, *arguments], cwd=cwd, env=inherited, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_writer_is_judged(commands: Path, tmp_path: Path) -> None:
    example = (PROJECT / "docs" / "examples" / "my_writer.sh").read_text()
    writer = tmp_path / "writer.sh"
    writer.write_text(example.replace('"loss":.3333', '"loss":0.3333'))
    options = ("--plain", "--only", "minimal", "--", "sh", str(writer))

    judged = run(commands / "simvue-conformance", "writer", *options, cwd=tmp_path)
    assert judged.returncode == 0, judged.stdout + judged.stderr

    writer.write_text(example)
    assert run(commands / "simvue-conformance", "writer", *options, cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("role", ["writer", "reader", "sender", "online"])
def test_every_role_has_what_it_needs(commands: Path, tmp_path: Path, role: str) -> None:
    listed = run(commands / "simvue-conformance", role, "--list", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr


def test_there_is_no_test_framework(commands: Path, tmp_path: Path) -> None:
    missing = run(commands / "python", "-c", "import pytest", cwd=tmp_path)
    assert "ModuleNotFoundError" in missing.stderr
