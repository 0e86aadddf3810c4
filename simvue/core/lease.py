"""Who may deliver from a cache: the lease, its file's bytes, and when silence passes it on.

A lease has a number, the *epoch*. Its file holds JSON lines: the claim, one line per renewal, and `released`
at the end. Another sender judges it by watching: if the bytes stay the same for `ttl` seconds of the
watcher's own clock, counted from when it first saw them, the holder has lost it. No clock is compared with
another machine's. Only on one machine, and in one PID namespace, does the death of the holder's process free
a lease at once.

Creating the files, and the rule that the next epoch has one winner, are left to `simvue.delivery.lease`.
Tests: tests/core/test_lease.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

import orjson

__all__ = [
    "Holder",
    "Identity",
    "Lease",
    "LeasePolicy",
    "NoStart",
    "Observation",
    "Standing",
    "encode_claim",
    "encode_observation",
    "encode_release",
    "encode_renewal",
    "epoch_of",
    "is_neighbour",
    "name_of",
    "observe",
    "parse_lease",
    "parse_observation",
    "standing",
]

_DIGITS = 8


class Standing(Enum):
    """What a lease is to the one who asks."""

    FREE = auto()  # released
    MINE = auto()
    HELD = auto()
    EXPIRED = auto()  # silent for longer than the policy's ttl
    DEAD_HOLDER = auto()  # its process is gone, proven on this machine


class NoStart(Enum):
    """Why a process has no start time."""

    GONE = auto()  # no process has this PID, or only its exit status is left
    UNKNOWN = auto()  # it may exist; the system does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasePolicy:
    """How long a lease lives without a sign of its holder, in seconds.

    A holder stops trusting its lease `margin` before a watcher may take it: room for clocks that tick
    unevenly.
    """

    ttl: float = 90.0
    renewal: float = 10.0
    margin: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.renewal < self.ttl - self.margin or self.margin < 0:
            raise ValueError("a lease must be renewed before it ends: 0 < renewal < ttl - margin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A process, told apart from every other one.

    `boot_id` differs between machines and between boots. `pid_namespace` is empty where PIDs cannot be
    compared, and `start_ticks` is 0 where the start of a process is unknown.
    """

    host: str
    boot_id: str
    pid_namespace: str
    pid: int
    start_ticks: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who claimed a lease: the process, a token for the claim, and its own clock, for messages only."""

    identity: Identity
    token: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a lease file says; `holder` is None while its claim is not, or never was, completely written."""

    epoch: int
    holder: Holder | None
    size: int
    counter: int = 0
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Since when, on the clock of one boot of one machine, a lease has shown the same bytes."""

    epoch: int
    size: int
    token: str
    first_seen: float
    boot_id: str


def name_of(epoch: int) -> str:
    """Return the file name of an epoch."""
    return f"{epoch:0{_DIGITS}d}"


def epoch_of(name: str) -> int | None:
    """Return the epoch that a file name stands for, or None for any other file."""
    if len(name) != _DIGITS or not name.isascii() or not name.isdigit():
        return None
    return int(name) or None


def encode_claim(epoch: int, holder: Holder) -> bytes:
    """Return the first line of a lease file."""
    who = holder.identity
    return _line(
        kind="lease",
        at=holder.at,
        epoch=epoch,
        token=holder.token,
        host=who.host,
        boot_id=who.boot_id,
        pid_namespace=who.pid_namespace,
        pid=who.pid,
        start_ticks=who.start_ticks,
        uid=who.uid,
    )


def encode_renewal(counter: int, at: datetime) -> bytes:
    """Return the line that shows the holder alive for the `counter`-th time."""
    return _line(kind="renewed", at=at, counter=counter)


def encode_release(at: datetime) -> bytes:
    """Return the line that gives the lease up."""
    return _line(kind="released", at=at)


def parse_lease(epoch: int, data: bytes) -> Lease:
    """Return what the bytes of an epoch's file say.

    Lines that are not whole, or whose bytes a shared filesystem does not show yet, say nothing; they count in
    `size`, so they are still a sign of life.
    """
    lines = data.split(b"\n")[:-1]
    records = [record for record in map(_record, lines[1:]) if record]
    return Lease(
        epoch=epoch,
        holder=_holder(_record(lines[0]), epoch) if lines else None,
        size=len(data),
        counter=max(_counters(records), default=0),
        released=any(record.get("kind") == "released" for record in records),
    )


def observe(lease: Lease, previous: Observation | None, me: Identity, boottime: float) -> Observation:
    """Return the previous observation if the lease has not changed since, else one that begins at `boottime`.

    Give the time after the lease was read: what was seen then had been there no longer.
    """
    if previous is not None and _is_watched(lease, previous, me) and previous.first_seen <= boottime:
        return previous
    return Observation(epoch=lease.epoch, size=lease.size, token=_token(lease), first_seen=boottime, boot_id=me.boot_id)


def is_neighbour(identity: Identity, me: Identity) -> bool:
    """Whether a PID means the same process to both: one host, one boot, one PID namespace, all known."""
    return (
        bool(me.boot_id and me.pid_namespace)
        and (identity.host, identity.boot_id, identity.pid_namespace) == (me.host, me.boot_id, me.pid_namespace)
        and identity.pid > 0
    )


def standing(
    lease: Lease,
    observation: Observation | None,
    me: Identity,
    boottime: float,
    *,
    token: str,
    policy: LeasePolicy,
    start: int | NoStart = NoStart.UNKNOWN,
) -> Standing:
    """Judge a lease from facts alone.

    Args:
        lease: What its file says.
        observation: Since when this machine has seen it so, or None.
        me: The process that asks.
        boottime: The asker's clock, in seconds, from *before* the lease was read.
        token: The asker's own claims bear it; two askers in one process differ by it.
        policy: How long silence must last.
        start: When the process that now has the holder's PID was started; used for a neighbour only.
    """
    if lease.released:
        return Standing.FREE
    holder = lease.holder
    if holder is not None and (holder.identity, holder.token) == (me, token):
        return Standing.MINE
    if holder is not None and is_neighbour(holder.identity, me) and _is_dead(holder.identity, start):
        return Standing.DEAD_HOLDER
    if (
        observation is not None
        and _is_watched(lease, observation, me)
        and boottime - observation.first_seen >= policy.ttl
    ):
        return Standing.EXPIRED
    return Standing.HELD


def encode_observation(observation: Observation) -> bytes:
    """Return the bytes in which an observation waits for the next run on the same machine."""
    return orjson.dumps(observation, option=orjson.OPT_APPEND_NEWLINE)


def parse_observation(data: bytes) -> Observation | None:
    """Return the observation, or None for bytes that are none: the wait then begins anew."""
    record = _record(data)
    if record is None:
        return None
    epoch, size, first_seen = record.get("epoch"), record.get("size"), record.get("first_seen")
    token, boot_id = record.get("token"), record.get("boot_id")
    if not (isinstance(epoch, int) and isinstance(size, int) and isinstance(first_seen, float)):
        return None
    if not (isinstance(token, str) and isinstance(boot_id, str)):
        return None
    return Observation(epoch=epoch, size=size, token=token, first_seen=first_seen, boot_id=boot_id)


def _is_watched(lease: Lease, observation: Observation, me: Identity) -> bool:
    # The token tells a lease from an earlier one with the same epoch and length: somebody may empty the
    # folder. Without a boot id two machines of one name would read each other's clocks.
    return (observation.epoch, observation.size, observation.token, observation.boot_id) == (
        lease.epoch,
        lease.size,
        _token(lease),
        me.boot_id,
    ) and bool(me.boot_id)


def _is_dead(identity: Identity, start: int | NoStart) -> bool:
    if isinstance(start, NoStart):
        return start is NoStart.GONE
    return identity.start_ticks > 0 and start != identity.start_ticks


def _token(lease: Lease) -> str:
    return lease.holder.token if lease.holder is not None else ""


def _line(**members: object) -> bytes:
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)


def _record(line: bytes) -> dict[str, object] | None:
    try:
        record = orjson.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _counters(records: Iterable[dict[str, object]]) -> list[int]:
    counters = (record.get("counter") for record in records if record.get("kind") == "renewed")
    return [counter for counter in counters if isinstance(counter, int)]


def _holder(record: dict[str, object] | None, epoch: int) -> Holder | None:
    if record is None or record.get("kind") != "lease" or record.get("epoch") != epoch:
        return None
    texts = [record.get(name) for name in ("host", "boot_id", "pid_namespace", "token")]
    numbers = [record.get(name) for name in ("pid", "start_ticks", "uid")]
    at = _moment(record.get("at"))
    # Names end up in messages on a terminal, so only what can be printed is believed.
    host, boot_id, pid_namespace, token = (t if isinstance(t, str) and t.isprintable() else None for t in texts)
    pid, start_ticks, uid = (n if isinstance(n, int) else None for n in numbers)
    if host is None or boot_id is None or pid_namespace is None or token is None:
        return None
    if pid is None or start_ticks is None or uid is None or at is None:
        return None
    identity = Identity(
        host=host, boot_id=boot_id, pid_namespace=pid_namespace, pid=pid, start_ticks=start_ticks, uid=uid
    )
    return Holder(identity=identity, token=token, at=at)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
