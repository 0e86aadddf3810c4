"""An exchange with a server that answers from a list; for the tests of exchanges."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simvue.core.http import Request, Response
from simvue.core.ledger import JournalAccount, RunAccount
from simvue.core.steps import Step
from simvue.delivery.exchange import Exchange
from simvue.delivery.layout import Layout
from simvue.delivery.lease import LeaseKeeper
from simvue.delivery.state import StateLog
from simvue.delivery.terms import Found, Policy, Server
from tests.delivery.simulation import SimDisk, SimWorld

LAYOUT = Layout("/cache")
KEY = "some-journal/10-20/metrics"
STEP = Step(name="metrics", method="POST", path="/metrics", body=b"body", learn=lambda answer: {"said": answer["id"]})
GOOD = Response(status=200, body=b'{"id": "x"}')


@dataclass
class Scene:
    """An exchange with a server that answers from a list, and what it was asked."""

    disk: SimDisk = field(default_factory=SimDisk)
    keyed: bool = True
    answers: list[Response | Exception] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    seconds: float = 50.0
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self.begin()

    def begin(self, epoch: int = 1) -> None:
        """Start a process; those before it are gone."""
        self.disk.alive.clear()
        self.world = SimWorld(self.disk, None)
        self.world.request = self.answer  # type: ignore[method-assign]
        self.log = StateLog(self.world, LAYOUT, epoch)
        self.lease = LeaseKeeper(self.world, LAYOUT.cache)
        self.lease.acquire()
        server = Server(address="http://server/api", version="1", keyed=self.keyed, key_window=3600.0)
        policy = Policy(seconds=self.seconds)
        deadline = self.world.boottime() + self.seconds
        self.exchange = Exchange(self.world, self.log, self.lease, server, policy, deadline, lambda: self.is_stopped)
        run = {"note": "run", "run": "heat", "known": 0.0, "facts": {"id": "R"}}
        self.log.write(run, {"note": "journal", "journal": "some-journal", "file": "a", "run": "heat", "known": 0.0})

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        self.world.effects.append(f"{request.method} {request.path}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def account(self) -> JournalAccount:
        return self.log.ledger.journals["some-journal"]

    @property
    def run(self) -> RunAccount:
        return self.log.ledger.runs["heat"]

    def perform(self, step: Step = STEP, look: Callable[[], Found | None] | None = None) -> Any:
        return self.exchange.perform(self.account, self.run, KEY, step, look)

    def die(self) -> None:
        """The process ends without a word; another takes over a minute later."""
        self.disk.clock += 60.0
        self.begin(2)
