"""The schemas of the specification, compiled: the `Checker` that the core asks about a record's shape.

A schema is compiled when the first record of its kind is checked. A failure names the requirement that the
failing part of the schema cites in its `$comment`, and is put into words here: the library's own message
repeats the schema and the whole value. Tests: tests/journal/test_validate_schemas.py.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema
from fastjsonschema import JsonSchemaValueException

import simvue_spec
from simvue.core.records import Problem

__all__ = ["SchemaChecker", "checker"]

_Validate = Callable[[dict[str, Any]], Any]
_LARGEST_INTEGER = 9_007_199_254_740_991
_MAX_AXES = 2
_SHOWN = 40  # characters of a value


class SchemaChecker:
    """Checks records by the schemas of version 1.0."""

    def __init__(self) -> None:
        self._kinds = frozenset(simvue_spec.kinds())
        self._compiled: dict[str, _Validate] = {}

    def known(self, kind: str) -> bool:
        """Whether version 1.0 has this kind."""
        return kind in self._kinds

    def problem(self, kind: str, record: dict[str, Any]) -> Problem | None:
        """Return what the schema of a known kind has against a record, None if nothing."""
        validate = self._compiled.get(kind)
        if validate is None:
            validate = self._compiled[kind] = fastjsonschema.compile(simvue_spec.schema(kind), use_default=False)
        try:
            validate(record)
        except JsonSchemaValueException as error:
            return _problem(error, record)
        return None


@cache
def checker() -> SchemaChecker:
    """Return the process's one checker: compiled schemas are worth sharing."""
    return SchemaChecker()


def _problem(error: JsonSchemaValueException, record: dict[str, Any]) -> Problem:
    definition: dict[str, Any] = error.definition
    cited = definition
    if error.rule == "required":
        missing = next(name for name in error.rule_definition if name not in error.value)
        cited = definition.get("properties", {}).get(missing, definition)
        return Problem(cited["$comment"], f'"{_path(error, missing)}" is missing')
    if error.rule in ("minimum", "maximum") and abs(error.rule_definition) == _LARGEST_INTEGER:
        return Problem("REC-008", _in_words(error))
    if error.rule == "propertyNames":
        cited = definition["propertyNames"]
    elif error.name == "data.labels" and error.rule in ("minItems", "maxItems"):
        # How many labels there are is a matter of the ticks; the schema has one citation for both of its rules.
        ticks = record.get("ticks")
        has_axes = isinstance(ticks, list) and 1 <= len(ticks) <= _MAX_AXES
        return Problem("REC-103" if has_axes else "REC-102", _in_words(error))
    return Problem(cited["$comment"], _in_words(error))


def _path(error: JsonSchemaValueException, *more: str) -> str:
    """Return where in the record it is, as in `values.residual` or `tags[0]`."""
    # The library names the record "data"; its own error.path splits member names at dots.
    name = error.name or ""
    return ".".join([part for part in (name.removeprefix("data").removeprefix("."), *more) if part])


def _in_words(error: JsonSchemaValueException) -> str:
    rule, wanted, value, path = error.rule, error.rule_definition, error.value, _path(error)
    match rule:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f'"{path}" is {_shown(value)}, not {" or ".join(map(_ARTICLES.__getitem__, kinds))}'
        case "enum":
            return f'"{path}" is {_shown(value)}, not one of: {", ".join(wanted)}'
        case "pattern":
            return f'"{path}" is {_shown(value)}, which is not of the required form'
        case "minLength" | "maxLength":
            bound = "fewer" if rule == "minLength" else "more"
            return f'"{path}" has {len(value)} characters, {bound} than {wanted}'
        case "minItems" | "maxItems" | "minProperties":
            bound = "more" if rule == "maxItems" else "fewer"
            return f'"{path}" has {len(value)} entries, {bound} than {wanted}'
        case "minimum" | "maximum":
            bound = "less" if rule == "minimum" else "more"
            return f'"{path}" is {_shown(value)}, {bound} than {wanted}'
        case "propertyNames":
            return f'"{path}" has a name that is empty, or longer than 250 bytes'
        case "oneOf":
            names = [f'"{name}"' for option in wanted for name in option["required"]]
            return f"exactly one of {' and '.join(names)} has to be there"
        case "dependencies":
            return f"{' and '.join(f'{name!r}' for name in wanted)} have to be there together"
    return f'"{path}" breaks the rule {rule}'


_ARTICLES = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


def _shown(value: Any) -> str:
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            return f'"{value[:_SHOWN]}"' if len(value) <= _SHOWN else f'"{value[:_SHOWN]}…"'
        case dict():
            return "an object"
        case list():
            return "an array"
    return str(value)
