"""Write down what the published client offers: every public name, with its parameters and their defaults.

Run it with the published package's own Python, and keep what it prints:

    PUBLISHED/bin/python tests/interop/surface.py > docs/published/names.json

Nothing but names and defaults is taken. What becomes of each name here is in docs/published/verdicts.toml, and
tests/docs/test_published.py holds both against this package.
"""

import importlib
import inspect
import json
import pkgutil
from importlib.metadata import version
from types import ModuleType
from typing import Any

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "/",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.KEYWORD_ONLY: "k",
    inspect.Parameter.VAR_KEYWORD: "**",
}
_FOREIGN = {"simvue.pynvml"}
"""Copies of other people's modules."""


def _modules(package: ModuleType) -> dict[str, ModuleType]:
    names = [package.__name__, *(m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + "."))]
    return {name: importlib.import_module(name) for name in names}


def _parameters(thing: Any) -> list[list[str]]:
    """Return name, kind and default of each parameter, but for self."""
    found = []
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        default = "" if parameter.default is parameter.empty else repr(parameter.default)
        found.append([parameter.name, _KINDS.get(parameter.kind, ""), default if "0x" not in default else "..."])
    return found


def _members(kind: type) -> dict[str, Any]:
    """Return the members that the class itself defines, and which of the package's classes it extends."""
    found: dict[str, Any] = {}
    for name, value in vars(kind).items():
        if (name.startswith("_") and name != "__init__") or name.startswith("model_"):
            continue
        if isinstance(value, property) or type(value).__name__ == "cached_property":
            found[name] = "property"
        elif callable(value) or isinstance(value, classmethod | staticmethod):
            try:
                found[name] = _parameters(getattr(kind, name))
            except (TypeError, ValueError):
                found[name] = "callable"
    bases = [f"{base.__module__}.{base.__name__}" for base in kind.__bases__ if base.__module__.startswith("simvue")]
    return {"bases": bases, "members": dict(sorted(found.items()))}


def _names(module: ModuleType) -> dict[str, Any]:
    if module.__name__ in _FOREIGN:
        return {"*": "module"}
    exported = set(getattr(module, "__all__", ()))
    found: dict[str, Any] = {}
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") or inspect.ismodule(value):
            continue
        home = getattr(value, "__module__", None) or module.__name__
        is_front = "." not in module.__name__ and home.startswith(module.__name__ + ".")
        if not (name in exported or home == module.__name__ or is_front):
            continue
        if home != module.__name__:
            found[name] = f"{home}.{name}"
        elif inspect.isclass(value):
            found[name] = _members(value)
        elif callable(value):
            try:
                found[name] = _parameters(value)
            except (TypeError, ValueError):
                found[name] = "callable"
    return found


def main() -> None:
    """Print the names as JSON."""
    package = importlib.import_module("simvue")
    modules = {name: names for name, module in _modules(package).items() if (names := _names(module))}
    lines = [f"{json.dumps(name)}: {{\n{_lines(names)}\n}}" for name, names in sorted(modules.items())]
    print(f'{{"version": {json.dumps(version("simvue"))}, "modules": {{\n' + ",\n".join(lines) + "\n}}")


def _lines(names: dict[str, Any]) -> str:
    """One line for each name, so that a later version's differences can be read."""
    return ",\n".join(f" {json.dumps(name)}: {json.dumps(what)}" for name, what in names.items())


if __name__ == "__main__":
    main()
