"""Record a simulation as a journal, online or where there is no network.

Names are loaded when they are first used, so that importing the package costs next to nothing on a compute
node. Tests: tests/test_import_cost.py.
"""

from simvue._version import __version__

TYPE_CHECKING = False  # type checkers take it for true; importing typing would cost more than all else here
if TYPE_CHECKING:
    from simvue.client import Client
    from simvue.errors import SimvueError, SimvueRunError
    from simvue.handler import Handler
    from simvue.run import Run

__all__ = ["Client", "Handler", "Run", "SimvueError", "SimvueRunError", "__version__"]

_HOMES = {
    "Client": "simvue.client",
    "Handler": "simvue.handler",
    "Run": "simvue.run",
    "SimvueError": "simvue.errors",
    "SimvueRunError": "simvue.errors",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it, or a module of the package."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - not paid for by a bare import

    if name in _HOMES:
        value: object = getattr(import_module(_HOMES[name]), name)
    else:
        try:
            value = import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
