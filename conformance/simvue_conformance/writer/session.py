"""What the scenarios of one call of the suite share: the program, its claims, and every identity that was seen.

Reading what the program wrote is left to `journals`. Tests: tests/conformance/writer/test_session.py.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simvue_conformance.context import Context
from simvue_conformance.program import Finished, Program, Started
from simvue_conformance.results import NotTestable

__all__ = ["Session"]

NO_SCENARIO = 77
PAUSE = 0.005  # seconds between two looks at a program that runs


class Session:
    """One call of the suite in the role `writer`.

    Attributes:
        program: the command under test.
        features: what it claims.
    """

    def __init__(self, context: Context) -> None:
        self.program: Program = context.program
        self.features = context.features
        self._seed = context.seed
        self._identities: dict[str, str] = {}
        self._lock = threading.Lock()

    def random(self, name: str) -> random.Random:
        """Return the source of everything that is drawn at random in a scenario: the same for the same seed."""
        return random.Random(f"{self._seed} {name}")  # noqa: S311 - it shall be repeatable

    def identify(self, identity: str, where: str) -> str | None:
        """Note the identity of a journal; return where it was seen before (JRN-014)."""
        with self._lock:
            earlier = self._identities.setdefault(identity, where)
        return None if earlier == where else earlier

    def run(
        self,
        scenario: str,
        directory: Path,
        *,
        environment: Mapping[str, str] | None = None,
        while_running: Callable[[], None] = lambda: None,
        **popen: Any,
    ) -> Finished:
        """Run the program in a scenario to its end, which has to be in order.

        Args:
            scenario: its first argument.
            directory: its second one.
            environment: variables in addition to the suite's own.
            while_running: is called again and again until the program has ended.
            popen: further arguments of subprocess.Popen.

        Raises:
            NotTestable: it has no such scenario, fails, or does not end in time.
        """
        with self.program.started(scenario, str(directory), environment=environment, **popen) as running:
            finished = self.wait(running, while_running)
        return self.in_order(finished, scenario)

    def wait(self, running: Started, while_running: Callable[[], None] = lambda: None) -> Finished:
        """Wait for the end of a program, looking at it meanwhile.

        Raises:
            NotTestable: it does not end in time.
        """
        until = time.monotonic() + self.program.timeout
        while running.is_running and time.monotonic() < until:
            while_running()
            time.sleep(PAUSE)
        return running.wait(until - time.monotonic() if running.is_running else 1.0, said=self.program.timeout)

    def in_order(self, finished: Finished, scenario: str) -> Finished:
        """Return what has ended with the exit code 0.

        Raises:
            NotTestable: it has not.
        """
        if finished.code == NO_SCENARIO:
            raise NotTestable(f"the program says that it has no scenario {scenario} (exit code {NO_SCENARIO})")
        if finished.code:
            raise NotTestable(f"the program failed in {scenario}, {finished.end}; exit code 0 says that all went well")
        return finished
