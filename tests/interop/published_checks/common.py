"""What the checks share: runs with names of their own, waiting, and the look at the server's own word."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import simvue
from simvue.api.objects import Run as RunObject

_numbers = itertools.count()


def fresh(stem: str) -> str:
    """Return a name that no other check uses."""
    return f"{stem}-{next(_numbers)}"


@contextmanager
def online_run(**options: Any) -> Iterator[simvue.Run]:
    """Give a running run, without measurements of the machine, in a folder of its own."""
    run = simvue.Run()
    run.config(disable_resources_metrics=True, suppress_errors=False)
    name = fresh("run")
    assert run.init(**{"name": name, "folder": f"/checks/{name}", "no_color": True, **options})
    try:
        yield run
    finally:
        run.close()


def bare_run(**fields: Any) -> RunObject:
    """Create a run with the low-level objects, which start no threads."""
    name = fields.pop("name", None) or fresh("bare")
    run = RunObject.new(folder=fields.pop("folder", f"/checks/{name}"), name=name, **fields)
    run.commit()
    return run


def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
    return answer


@contextmanager
def refused(kind: type[BaseException], *words: str) -> Iterator[None]:
    """Expect the block to raise `kind` with one of the words in its text, where any are given."""
    try:
        yield
    except kind as error:
        if words and not any(word in str(error) for word in words):
            raise
        return
    raise AssertionError(f"{kind.__name__} was expected")
