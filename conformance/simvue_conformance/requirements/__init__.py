"""The frozen lists: what version 1.0 of the suite asks of a program in each role.

`1.0/<role>.json` lists, for the role, every requirement that binds it: those that are asked, with the places that
look at them, and those that are not, with the reason. A list does not change once its version is released; what is
found later goes into the next. Which requirements there are is the specification's business: a test holds the lists
against its register. Tests: tests/conformance/test_requirements.py.
"""

import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any

import simvue_spec
from simvue_conformance.results import Requirement

__all__ = ["ROLES", "VERSION", "excluded", "features", "required"]

VERSION = "1.0"
ROLES = ("writer", "reader", "sender", "online")


def _document(role: str) -> dict[str, Any]:
    text = files(__name__).joinpath(VERSION, f"{role}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def required(role: str, features: Collection[str] = ()) -> dict[str, Requirement]:
    """Return what is asked of a program in this role that claims these features, by ID, in the order of the list.

    A row is `{"places": [...]}` with, if need be, `"feature"` (asked only of a program that claims it), and, for what
    the suite itself promises (IDs that are not in the specification), `"level"` and `"text"`.
    """
    register = simvue_spec.requirements()
    found = {}
    for identifier, row in _document(role)["required"].items():
        feature = row.get("feature")
        if feature is not None and feature not in features:
            continue
        known = register.get(identifier)
        found[identifier] = Requirement(
            id=identifier,
            level=row["level"] if known is None else known.level,
            text=row["text"] if known is None else known.text,
            places=tuple(row["places"]),
            feature=feature,
        )
    return found


def excluded(role: str) -> dict[str, str]:
    """Return the requirements that bind the role and are not asked, each with its reason."""
    found: dict[str, str] = _document(role)["excluded"]
    return found


def features(role: str) -> frozenset[str]:
    """Return what a program in this role can claim beyond what all owe."""
    rows = _document(role)["required"].values()
    return frozenset(row["feature"] for row in rows if "feature" in row)
