"""Every scene against this project's sender, and against senders that break one thing each."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.requirements import required
from simvue_conformance.runner import judge_program
from simvue_conformance.sender import places

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "conformance" / "broken" / "senders"
SENDERS = sorted(path for path in BROKEN.glob("*.py") if path.name != "good.py")
AT_ONCE = 3
SLOW = "without-keys"


def judged(sender, names=None):
    """Return the report on a sender, with the failing requirements of the scenes."""
    features = frozenset({"patient"} if SLOW in (names or ()) else ())
    context = Context(program=Program(command=(sys.executable, str(sender)), timeout=120), features=features)
    chosen = [place for place in places(context) if names is None or place.name in names]
    return judge_program("sender", chosen, context, {}, jobs=AT_ONCE, is_partial=names is not None)


def failed(report):
    return {
        outcome.requirement.id: [each.detail for each in outcome.observations if each.verdict != "passed"]
        for outcome in report.outcomes
        if outcome.status in {"failed", "warned", "not testable"}
    }


def seen_in(sender):
    """Return the scenes that the first lines of a broken sender name."""
    found = re.search(r"^Seen in: (.*)\.$", sender.read_text(), re.MULTILINE)
    return set(found[1].split(", "))


@pytest.fixture(scope="module", autouse=True)
def _importable():
    """The broken senders are this project's with something replaced: they import it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(str(ROOT / name) for name in (".", "sender", "conformance", "spec")))
        yield


@pytest.fixture(scope="module")
def reports(request, _importable):
    """Judge the senders of the tests that were chosen, some at once; each scene is mostly waiting."""
    parameters = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen = {each["name"] for each in parameters if "name" in each}
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        slow = {"good": pool.submit(judged, BROKEN / "good.py", {SLOW})}
        broken = [sender for sender in SENDERS if sender.stem in chosen]
        yield slow | {sender.stem: pool.submit(judged, sender, seen_in(sender)) for sender in broken}


def test_the_good_sender_passes_every_scene():
    report = judged(BROKEN / "good.py")

    assert failed(report) == {}
    assert report.conforms


@pytest.mark.parametrize("name", [sender.stem for sender in SENDERS])
def test_a_broken_sender_fails_where_it_is_broken(reports, name):
    found = failed(reports[name].result())

    assert sorted(found) == sorted(name.partition("_")[0].split("+")), found


def test_the_good_sender_looks_before_it_sends_again(reports):
    assert failed(reports["good"].result()) == {}


def test_broken_senders_name_scenes_and_requirements_that_there_are():
    context = Context(program=Program(command=("true",)), features=frozenset({"patient"}))
    scenes = {place.name for place in places(context)}
    asked = required("sender", {"patient"})

    for sender in SENDERS:
        assert seen_in(sender) <= scenes, sender.name
        assert set(sender.stem.partition("_")[0].split("+")) <= asked.keys(), sender.name
