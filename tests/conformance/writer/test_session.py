"""What scenarios share: the program, its end, identities, chance."""

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.results import NotTestable
from simvue_conformance.writer.session import Session


def session(script="", *, timeout=60.0, seed=0):
    return Session(Context(program=Program(command=("sh", "-c", script, "sh"), timeout=timeout), seed=seed))


def test_the_program_is_called_with_scenario_and_directory(tmp_path):
    assert session('printf "%s|" "$@"').run("minimal", tmp_path).stdout == f"minimal|{tmp_path}|".encode()


def test_a_scenario_that_the_program_does_not_have_is_not_testable(tmp_path):
    with pytest.raises(NotTestable, match="it has no scenario minimal"):
        session("exit 77").run("minimal", tmp_path)


def test_a_program_that_fails_is_not_testable_and_is_quoted(tmp_path):
    with pytest.raises(NotTestable, match="exit code 3: no room here"):
        session("echo no room here >&2; exit 3").run("minimal", tmp_path)


def test_a_program_that_does_not_end_is_not_testable(tmp_path):
    with pytest.raises(NotTestable, match="did not end"):
        session("exec sleep 600", timeout=0.2).run("minimal", tmp_path)


def test_a_program_is_looked_at_while_it_runs(tmp_path):
    def look():
        (tmp_path / "looked").touch()

    session('while ! [ -e "$2/looked" ]; do sleep 0.01; done').run("minimal", tmp_path, while_running=look)


def test_an_identity_is_remembered_with_its_place():
    one = session()
    assert one.identify("a", "here") is None
    assert one.identify("a", "here") is None
    assert one.identify("a", "there") == "here"


def test_the_same_seed_draws_the_same():
    assert session(seed=1).random("text").random() == session(seed=1).random("text").random()
    assert session(seed=1).random("text").random() != session(seed=2).random("text").random()
    assert session(seed=1).random("text").random() != session(seed=1).random("numbers").random()
