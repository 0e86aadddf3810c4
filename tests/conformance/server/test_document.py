"""SERVER-HTTP.md says all there is to say: every option, every member of a rule; and its examples run."""

import json
import re
from pathlib import Path

import pytest

from simvue_conformance.server.cli import main
from simvue_conformance.server.faults import RULES

DOCUMENT = (Path(__file__).parents[3] / "conformance" / "SERVER-HTTP.md").read_text()


@pytest.mark.parametrize("option", [option.opts[0] for option in main.params])
def test_every_option_is_described(option):
    assert f"`{option}" in DOCUMENT


@pytest.mark.parametrize("member", RULES)
def test_every_member_of_a_rule_is_described(member):
    assert re.search(rf'`"?{member}\b', DOCUMENT)


def test_the_rule_in_the_example_is_a_rule(local):
    (rules,) = re.findall(r"/faults -d '(.*)'", DOCUMENT)

    assert local.put("/faults", json.loads(rules))[0]["after"] == 2


def test_the_example_in_python_runs():
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, object] = {}

    exec(example, names)

    assert names["status"] == 200
    names["server"].close()
