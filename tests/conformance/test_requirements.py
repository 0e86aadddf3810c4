"""The frozen lists against the specification's register, and against the places that the roles have."""

import json
from importlib import import_module
from importlib.resources import files

import pytest

import simvue_spec
from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.requirements import ROLES, excluded, features, required

REGISTER = simvue_spec.requirements()
# The chapters that a role has to answer for as a whole; of the others, it has to answer for what binds it.
CHAPTERS = {"writer": {"WRT"}, "reader": {"RDR"}, "sender": {"DLV"}, "online": {"PTH"}}
OF_THE_SUITE = {"writer": "SCN", "reader": "RDC", "sender": "SND", "online": "ONL"}

every_role = pytest.mark.parametrize("role", ROLES)


def rows(role):
    return required(role, features(role))


def places(role):
    context = Context(program=Program(command=("true",)), features=features(role))
    return {place.name for place in import_module(f"simvue_conformance.{role}").places(context)}


@every_role
def test_a_list_is_of_its_role_and_version(role):
    document = json.loads(files("simvue_conformance.requirements").joinpath("1.0", f"{role}.json").read_text())
    assert (document["version"], document["role"]) == ("1.0", role)
    assert document.keys() == {"version", "role", "required", "excluded"}


@every_role
def test_every_row_is_a_requirement_of_the_specification_or_of_the_suite(role):
    foreign = [name for name in rows(role) | excluded(role) if name not in REGISTER]
    assert [name for name in foreign if not name.startswith(OF_THE_SUITE[role])] == []


@every_role
def test_nothing_is_both_asked_and_left_out(role):
    assert rows(role).keys() & excluded(role).keys() == set()


@every_role
def test_what_is_left_out_has_a_reason(role):
    assert [name for name, reason in excluded(role).items() if len(reason) < 15] == []


@every_role
def test_chapters_are_answered_for_whole(role):
    answered = rows(role).keys() | excluded(role).keys()
    assert [name for name in REGISTER if name[:3] in CHAPTERS[role] and name not in answered] == []


def test_every_requirement_is_asked_or_left_out_by_some_role():
    answered = {name for role in ROLES for name in rows(role) | excluded(role)}
    assert [name for name in REGISTER if name not in answered] == []


def test_what_one_role_cannot_see_is_mostly_asked_by_another():
    """Guards against lists that leave out for convenience: the share that nobody asks stays small."""
    asked = {name for role in ROLES for name in rows(role)}
    nowhere = [name for name, requirement in REGISTER.items() if name not in asked and requirement.level != "MAY"]
    assert len(nowhere) <= len(REGISTER) // 10, nowhere


@every_role
def test_places_are_those_of_the_role(role):
    listed = {place for requirement in rows(role).values() for place in requirement.places}
    assert listed == places(role)


@every_role
def test_every_row_has_a_place(role):
    assert [name for name, requirement in rows(role).items() if not requirement.places] == []


@every_role
def test_the_suites_own_have_text_and_level(role):
    own = [requirement for name, requirement in rows(role).items() if name not in REGISTER]
    assert own
    assert all(requirement.level in {"MUST", "SHOULD"} and requirement.text for requirement in own)
