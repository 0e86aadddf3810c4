"""The reference shows what the commands say of themselves, and every setting that exists."""

import re

import pytest

from docs.help import PAGES, filled
from simvue.config.vocabulary import _KEYS, _WITHOUT_EFFECT
from simvue_sender.report import Exit
from tests.docs.shell import PROJECT

CONFIGURATION = (PAGES / "configuration.md").read_text(encoding="utf-8")


def known_settings() -> set[str]:
    """Return every key of a configuration file that does something, with its tables."""
    return {
        ".".join((*table, key))
        for table, keys in _KEYS.items()
        for key in keys
        if "*" not in table
        and (*table, key) not in _KEYS
        and not any((*table, key)[:n] in _WITHOUT_EFFECT for n in (1, 2, 3))
    } - {"profiles", "run.metadata.record_shell_vars"}


@pytest.mark.parametrize(
    "page", ["simvue_sender.md", "simvue-conformance.md", "simvue-follow.md", "simvue-validate.md"]
)
def test_the_page_shows_the_present_help(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")

    assert filled(text) == text, "options have changed; run: python docs/help.py"


def test_help_that_is_out_of_date_is_noticed() -> None:
    page = "<!-- help: simvue-validate -->\n\n```text\nUsage: another\n```\n\nMore.\n"

    assert "Usage: another" not in filled(page)
    assert filled(page).endswith("```\n\nMore.\n")


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+(?:\.[a-z0-9_]+)+)`", CONFIGURATION))

    assert known_settings() - documented == set()


def test_every_variable_that_is_documented_is_read() -> None:
    sources = "".join(path.read_text() for path in (PROJECT / "simvue").rglob("*.py"))
    variables = set(re.findall(r"SIMVUE_\w+", CONFIGURATION))

    parts = {"SIMVUE_SERVER_CA_CERTIFICATE", "SIMVUE_STORAGE_CA_CERTIFICATE", "SIMVUE_DISABLE_SYSTEM_METRICS"}
    assert [variable for variable in variables - parts if f'"{variable}"' not in sources] == []


def test_every_exit_code_of_the_sender_is_in_its_help() -> None:
    page = (PAGES / "simvue_sender.md").read_text(encoding="utf-8")

    shown = {int(code) for code in re.findall(r"^ +(\d+)  \w", page, re.MULTILINE)}
    assert {int(code) for code in Exit} <= shown
