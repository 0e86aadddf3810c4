"""One scene: a cache, a server, and a sender that is called until nothing is left.

Here is what all scenes share: how the sender is called, what is compared, and what holds of every sender at any
time. What happens in a scene is left to the modules of `scenes`. Tests: tests/conformance/sender/test_scene.py.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from simvue_conformance.context import Context
from simvue_conformance.holdings import Holding, compare, holdings
from simvue_conformance.program import Finished, Program, Started
from simvue_conformance.results import Failure, NotTestable, Place
from simvue_conformance.sender.cache import Cache, Journal
from simvue_conformance.sender.expected import expected
from simvue_conformance.sender.site import TOKEN, ConnectionDropped, Forward, Reply, Request, Site

__all__ = ["CALLS", "DONE", "LEFT", "PATIENCE", "Fate", "Scene", "place", "wait_for"]

Fate = Literal["answered", "late", "never"]

DONE, LEFT = 0, 10  # the exit codes that SENDER-CLI.md gives a meaning
CALLS = 12  # calls within which everything is to be delivered once nothing is in the way
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0  # seconds between two calls
PATIENCE = 30.0  # seconds within which a sender that was started is to show what a scene waits for
LONGEST_KEY = 255
MOST_RECORDS = 16_000
SHOWN = 4  # differences of one scene


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until a condition holds, and return whether it does."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


class Scene:
    """What a scene acts with; it keeps the failures that are found.

    Attributes:
        site: the server.
        cache: the cache that the sender is given.
        random: of the seed and the scene's name.
        failures: those found so far.
        finished: every call of the sender that has ended by itself.
    """

    def __init__(self, context: Context, directory: Path, site: Site) -> None:
        self.site = site
        self.cache = Cache(directory / "cache")
        self.random = random.Random(f"{context.seed} {directory.name}")  # noqa: S311 - no secret
        self.failures: list[Failure] = []
        self.finished: list[Finished] = []
        self._program = context.program
        self._home = directory / "home"
        self._home.mkdir()
        self._outputs: list[bytes] = []

    # Findings

    def fail(self, requirement: str, detail: str, place: str | None = None) -> None:
        """Note that a requirement was seen broken; once with one text."""
        failure = Failure(requirement, detail, place)
        if failure not in self.failures:
            self.failures.append(failure)

    def require(self, condition: object, requirement: str, detail: str) -> None:
        """Note that a requirement was seen broken unless a condition holds."""
        if not condition:
            self.fail(requirement, detail)

    # The sender

    def environment(self, token: str = TOKEN) -> dict[str, str]:
        """Return the variables that the sender is called with."""
        return {"SIMVUE_URL": self.site.url, "SIMVUE_TOKEN": token, "HOME": str(self._home)}

    @contextlib.contextmanager
    def started(
        self, token: str = TOKEN, program: Program | None = None, cache: Cache | None = None
    ) -> Iterator[Started]:
        """Start the sender; whatever is left of it ends with the block."""
        directory = str((cache or self.cache).directory)
        with (program or self._program).started("--cache", directory, environment=self.environment(token)) as running:
            try:
                yield running
            finally:
                self._outputs.append(running.read())

    def once(self, token: str = TOKEN, *, wrapped: Iterable[str] = (), cache: Cache | None = None) -> Finished:
        """Call the sender to the end of one pass.

        Args:
            token: the one in its environment.
            wrapped: a command that is put before the sender's.
            cache: another one than the scene's.
        """
        program = replace(self._program, command=(*wrapped, *self._program.command))
        with self.started(token, program, cache) as running:
            ended = running.wait(program.timeout)
        self.finished.append(ended)
        self._outputs += [ended.stdout, ended.stderr]
        return ended

    def finish(self, calls: int = CALLS, *, requirement: str = "SND-003") -> bool:
        """Call the sender until it says that nothing is left; return whether it did."""
        pause, ended = FIRST_PAUSE, None
        for number in range(calls):
            ended = self.once()
            if ended.code == DONE:
                return True
            if number + 1 < calls:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        end = "" if ended is None else f"; the last: {ended.end}"
        self.fail(requirement, f"{calls} calls did not end with exit code 0{end}. Deliver what is left, then exit 0")
        return False

    def killed_at(self, requests: Callable[[Request], bool], fate: Fate) -> Request | None:
        """Start the sender, and kill it at the first request that is looked for.

        Args:
            requests: tells which are looked for.
            fate: of the request: it took effect before the kill and was to be "answered", it takes effect "late",
                after it, or "never".

        Returns the request; None where the sender ended without it.
        """
        caught: list[Request] = []
        over = threading.Event()
        rule = self.site.rule
        with self.started() as running:

            def kill(request: Request, forward: Forward) -> Reply:
                if caught or not requests(request):
                    return rule(request, forward)
                caught.append(request)
                try:
                    reply = rule(request, forward) if fate == "answered" else None
                    running.kill()
                    if fate == "never":
                        raise ConnectionDropped
                    return reply or rule(request, forward)
                finally:
                    over.set()

            self.site.rule = kill
            wait_for(lambda: over.is_set() or not (caught or running.is_running))
            self.site.rule = rule
        return caught[0] if caught else None

    # What is to hold

    def expected(self, journals: Iterable[Journal] | None = None) -> dict[str, Holding]:
        """Return what the server ought to hold of journals; of all without an argument."""
        chosen = self.cache.journals if journals is None else journals
        return expected((journal.written for journal in chosen), artifacts=self.cache.directory)

    def held(self) -> dict[str, Holding]:
        """Return what the server holds of each run."""
        return holdings(self.site)

    def look(
        self,
        wanted: Mapping[str, Holding] | None = None,
        found: Mapping[str, Holding] | None = None,
        *,
        lost: str = "SND-001",
        twice: str = "SND-002",
        without: Collection[str] = (),
    ) -> None:
        """Compare what the server holds with what the journals say, or with what is wanted.

        Args:
            wanted: by run key.
            found: what the server holds, where it is known already.
            lost: the requirement that is broken where something is missing, or other than written.
            twice: the one that is broken where something is held more often than it was written.
            without: members of `Holding` that are not looked at.
        """
        there = {key: _without_judged_states(held) for key, held in (self.held() if found is None else found).items()}
        said = compare(there, self.expected() if wanted is None else wanted, without=without)
        for is_twice, requirement in ((False, lost), (True, twice)):
            words = [difference.words for difference in said if difference.is_twice == is_twice]
            if words:
                more = "" if len(words) <= SHOWN else f"; and {len(words) - SHOWN} more"
                self.fail(requirement, f"the server's data differ from the journals: {'; '.join(words[:SHOWN])}{more}")

    def look_at_all(self) -> None:
        """Look at what holds of every sender, whatever happened to it."""
        self._look_at_secrets()
        self._look_at_keys()
        self._look_at_journals()
        for request in self.site.requests(None, r"^/storage/"):
            self.require(
                "authorization" not in request.headers,
                "DLV-069",
                f"{request.method} to the upload address carried the header Authorization: upload without the token",
            )

    def _look_at_secrets(self) -> None:
        token = TOKEN.encode()
        for path, content in self.cache.files():
            where = path.relative_to(self.cache.directory)
            self.require(token not in content, "DLV-047", f"the token stands in {where}: never write it to a file")
        self.require(
            not any(token in output for output in self._outputs),
            "DLV-047",
            "the token was printed: keep it out of every message, those of other libraries too",
        )

    def _look_at_keys(self) -> None:
        known: dict[str, Request] = {}
        for request in self.site.requests(None, r"^/api/"):
            if request.method not in {"POST", "PUT"} or request.path.endswith("/heartbeat"):
                continue
            key, count = request.key or "", len(request.records)
            self.require(
                0 < len(key) <= LONGEST_KEY,
                "DLV-013",
                f"{request.method} {request.path} had a key of {len(key)} characters: send an Idempotency-Key",
            )
            self.require(
                count <= MOST_RECORDS,
                "DLV-014",
                f"{request.method} {request.path} had {count} records: send {MOST_RECORDS} at most",
            )
            first = known.setdefault(key, request)
            self.require(
                not key or (first.target, first.body) == (request.target, request.body),
                "DLV-011",
                f"key {key!r} was sent with two requests ({first.target}, {len(first.body)} bytes; {request.target}, "
                f"{len(request.body)} bytes): repeat the same bytes under a key",
            )

    def _look_at_journals(self) -> None:
        for journal in self.cache.journals:
            name = journal.path.name
            if journal.path.exists():
                self.require(
                    journal.path.read_bytes() == journal.written,
                    "DLV-006",
                    f"{name} was changed: only its writer writes to a journal",
                )
            elif b'{"kind":"end"' not in journal.written:
                self.fail("DLV-006", f"{name} is live and was moved or deleted: leave it where it is")

    def kept(self, journal: Journal, requirement: str, why: str) -> None:
        """Demand that a journal is still there, under whatever name."""
        self.require(
            self.cache.kept(journal), requirement, f"{journal.path.name} is gone from the cache though {why}: keep it"
        )


def _without_judged_states(held: Holding) -> Holding:
    """Leave out the states of alerts of which the server is the judge."""
    alerts = {
        name: alert if alert["source"] == "user" else {key: value for key, value in alert.items() if key != "state"}
        for name, alert in held.alerts.items()
    }
    return replace(held, alerts=alerts)


def place(
    context: Context,
    name: str,
    title: str,
    act: Callable[[Scene], None],
    *,
    idempotency: bool = True,
    form_uploads: bool = False,
) -> Place:
    """Make the place of a scene: `act` plays it, then comes what holds of every sender."""

    def observe(directory: Path) -> list[Failure]:
        with Site(idempotency=idempotency, form_uploads=form_uploads) as site:
            scene = Scene(context, directory, site)
            try:
                act(scene)
            except NotTestable:
                if not scene.failures:
                    raise
            scene.look_at_all()
            return scene.failures

    return Place(name=name, title=title, observe=observe)
