"""What all scenes share: how a sender is called, and what holds of each at any time."""

import sys

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.results import NotTestable
from simvue_conformance.sender.scene import Scene, place
from simvue_conformance.sender.site import TOKEN, Site

COUNTING = """
import pathlib, sys
notes = pathlib.Path(sys.argv[2], "calls")
notes.write_text(notes.read_text() + "x" if notes.exists() else "x")
sys.exit(0 if len(notes.read_text()) == 3 else 10)
"""


@pytest.fixture
def scene(tmp_path):
    def make(code):
        context = Context(program=Program(command=(sys.executable, "-c", code)))
        return Scene(context, tmp_path, site)

    with Site() as site:
        yield make


def test_a_sender_is_called_until_it_is_done(scene):
    acted = scene(COUNTING)

    assert acted.finish()
    assert [ended.code for ended in acted.finished] == [10, 10, 0]
    assert acted.failures == []


def test_a_sender_that_is_never_done_fails(scene):
    acted = scene("import sys; sys.exit('no server')")

    assert not acted.finish(calls=2)
    assert [failure.requirement for failure in acted.failures] == ["SND-003"]
    assert "no server" in acted.failures[0].detail


@pytest.mark.parametrize(
    ("code", "requirement"),
    [
        ("import os; print(os.environ['SIMVUE_TOKEN'])", "DLV-047"),
        (f"import pathlib, sys; pathlib.Path(sys.argv[2], 'log').write_text({TOKEN!r})", "DLV-047"),
        ("import pathlib, sys; next(pathlib.Path(sys.argv[2]).glob('*/*.jsonl')).write_text('')", "DLV-006"),
        ("import pathlib, sys; next(pathlib.Path(sys.argv[2]).glob('*/*.jsonl')).unlink()", "DLV-006"),
    ],
)
def test_what_no_sender_may_do_is_seen_in_every_scene(scene, code, requirement):
    acted = scene(code)
    acted.cache.run("live")

    acted.once()
    acted.look_at_all()

    assert [failure.requirement for failure in acted.failures] == [requirement]


def test_a_failure_is_kept_where_a_scene_cannot_go_on(tmp_path):
    def act(scene):
        scene.fail("SND-001", "nothing is there")
        raise NotTestable("no sender")

    context = Context(program=Program(command=("true",)))

    assert [each.requirement for each in place(context, "a", "b", act).observe(tmp_path)] == ["SND-001"]


def test_a_scene_that_cannot_begin_is_not_testable(tmp_path):
    context = Context(program=Program(command=(str(tmp_path / "nothing"),)))

    with pytest.raises(NotTestable, match="give a program"):
        place(context, "a", "b", lambda scene: scene.finish()).observe(tmp_path)
