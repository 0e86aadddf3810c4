"""The register is made from the prose, and the prose keeps to the form that the register needs."""

import json

import pytest

import simvue_spec
from simvue_spec import register
from tests.spec import checks

PLANTED = "# Planted\n\n**SEQ-001** A writer MUST count.\n\nNothing else.\n"


def test_the_register_is_current():
    found = register.main(["--check"])

    assert found == 0, "run python -m simvue_spec.register"


def test_a_register_that_is_not_current_is_noticed(monkeypatch, tmp_path, capsys):
    tmp_path.joinpath("sequence.md").write_text(PLANTED)
    tmp_path.joinpath("requirements.json").write_text('{"version": "1.0", "requirements": {}}\n')
    monkeypatch.setattr(register, "root", lambda: tmp_path)

    found = register.main(["--check"])

    assert found == 1
    assert "run python -m simvue_spec.register" in capsys.readouterr().err


def test_the_register_is_written_once_and_then_current(monkeypatch, tmp_path):
    tmp_path.joinpath("sequence.md").write_text(PLANTED)
    monkeypatch.setattr(register, "root", lambda: tmp_path)

    written = register.main([])

    assert (written, register.main(["--check"])) == (0, 0)
    assert json.loads(tmp_path.joinpath("requirements.json").read_text())["requirements"] == {
        "SEQ-001": {"level": "MUST", "chapter": "sequence", "text": "A writer MUST count.", "since": "1.0"}
    }


def test_a_requirement_keeps_the_version_that_brought_it(monkeypatch, tmp_path):
    tmp_path.joinpath("sequence.md").write_text(PLANTED)
    row = {"level": "MUST", "chapter": "sequence", "text": "Another text.", "since": "0.9"}
    tmp_path.joinpath("requirements.json").write_text(json.dumps({"requirements": {"SEQ-001": row}}))
    monkeypatch.setattr(register, "root", lambda: tmp_path)
    monkeypatch.setattr(simvue_spec, "root", lambda: tmp_path)

    register.main([])

    assert simvue_spec.requirements()["SEQ-001"].since == "0.9"


@pytest.mark.parametrize(
    ("sentence", "level"),
    [
        ("A writer MUST do it.", "MUST"),
        ("A writer MUST NOT do it.", "MUST"),
        ("It is REQUIRED.", "MUST"),
        ("A writer SHOULD NOT do it.", "SHOULD"),
        ("A writer MAY do it.", "MAY"),
        ("A writer must do it.", "none"),
        ("*Withdrawn in 1.2.* It was about MUSTARD.", "none"),
    ],
)
def test_the_level_is_the_keyword_of_the_paragraph(sentence, level):
    (found,) = register.parse(f"**SEQ-001** {sentence}\n", "sequence")

    assert found.level == level


def test_a_paragraph_over_several_lines_is_one_requirement():
    found = list(register.parse("Text.\n\n**SEQ-001** A writer\nMUST count.\n\n**SEQ-002** It MAY.\n", "sequence"))

    assert [entry.text for entry in found] == ["A writer MUST count.", "It MAY."]


def test_what_stands_in_a_fenced_block_is_no_requirement():
    found = list(register.parse("```\n**SEQ-001** It MUST.\n```\n", "sequence"))

    assert found == []


def test_no_identifier_stands_twice():
    assert checks.repeated_identifiers(checks.prose()) == []


def test_an_identifier_that_stands_twice_is_noticed():
    found = checks.repeated_identifiers({"a.md": PLANTED, "b.md": PLANTED})

    assert found == ["SEQ-001 stands 2 times"]


def test_every_requirement_has_one_keyword_and_every_keyword_a_requirement():
    assert checks.keyword_faults(checks.prose()) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("**SEQ-001** A writer MUST count and MUST NOT skip.", "a.md: SEQ-001 has 2 keywords"),
        ("**SEQ-001** A writer counts.", "a.md: SEQ-001 has 0 keywords"),
        ("A writer SHOULD count.", "a.md: a keyword outside of a requirement: A writer SHOULD count."),
        ("| a | a writer MUST |", "a.md: a keyword outside of a requirement: | a | a writer MUST |"),
    ],
)
def test_a_paragraph_with_a_wrong_number_of_keywords_is_noticed(text, fault):
    found = checks.keyword_faults({"a.md": text})

    assert found == [fault]


def test_each_kind_of_the_register_is_reached_by_name():
    assert "metrics" in simvue_spec.kinds()
    assert simvue_spec.schema("metrics")["properties"]["kind"]["const"] == "metrics"


def test_an_unknown_kind_has_no_schema():
    with pytest.raises(KeyError):
        simvue_spec.schema("profile")
