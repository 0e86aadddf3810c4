"""What a run says of itself unasked."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from simvue import Run
from simvue.metadata import automatic_metadata, environment
from tests.journal import journals


@dataclass(frozen=True)
class Switches:
    record_environment: bool = True
    record_git: bool = True


def test_each_kind_can_be_switched_off():
    here = Path(__file__).parent

    assert set(automatic_metadata(Switches(), here)) >= {"python"}
    assert "python" not in automatic_metadata(Switches(record_environment=False), here)
    assert "git" not in automatic_metadata(Switches(record_git=False), here)
    assert automatic_metadata(Switches(record_environment=False, record_git=False), here) == {}
    assert automatic_metadata(Switches(), None) == {}


def test_what_goes_wrong_is_a_warning(caplog):
    class Broken:
        @property
        def record_git(self):
            raise RuntimeError("broken")

    assert automatic_metadata(Broken(), Path()) == {}
    assert "incomplete: RuntimeError: broken" in caplog.text


def test_variables_are_recorded_by_pattern(tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVER_ORDER", "2")

    found = environment(repository=tmp_path, record_repo_environment=False, env_var_glob_exprs={"SOLVER_*"})

    assert found == {"shell": {"SOLVER_ORDER": "2"}}


def test_by_default_it_is_about_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "crab"\n')
    monkeypatch.chdir(tmp_path)

    assert environment()["rust"] == {"project": {"name": "crab"}}


@pytest.mark.requirement("WRT-041", "FRM-010")
def test_a_run_begins_however_much_it_is_built_on(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    names = [f"{number:0150}" for number in range(4000)]
    locks = "".join(f'[[package]]\nname = "{name}"\nversion = "1.0"\n' for name in names)
    (tmp_path / "uv.lock").write_text(locks)
    (tmp_path / "Cargo.lock").write_text(locks)
    tree = {f"node_modules/{name}": {"version": "1"} for name in names}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": tree}))

    with Run(mode="offline", cache_directory=tmp_path / "cache") as run:
        assert run.init("name", metadata={"own": 1})

    records = journals.whole(journals.only(tmp_path / "cache"))
    facts = records[1].get("metadata", {})
    for record in records:
        if record["kind"] == "metadata":
            facts |= record["values"]
    assert facts["own"] == 1
    assert {language: len(facts[language]["environment"]) > 2000 for language in ("python", "rust", "javascript")} == {
        "python": True,
        "rust": True,
        "javascript": True,
    }


def test_the_author_and_the_configuration_have_the_last_word(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "crab"\n')
    (tmp_path / "simvue.toml").write_text('[run.metadata]\ncustom = {b = "configured", julia = "configured"}\n')

    with Run(mode="offline", cache_directory=tmp_path / "cache") as run:
        run.init("name", metadata={"rust": "own", "b": "own", "julia": "own"})

    facts = journals.whole(journals.only(tmp_path / "cache"))[1]["metadata"]
    assert (facts["rust"], facts["b"], facts["julia"]) == ("own", "configured", "configured")
    assert facts["python"]["environment"]
