"""Journals that grow while they are delivered, and what the server has of them so far."""

from typing import Any

from tests.delivery.scenes import (
    Record,
    one_pass,
    run_ids,
    series_of,
)
from tests.delivery.simulation import SimDisk

DAY = 24 * 3600.0
RUN: Record = {"kind": "run"}


def metrics(value: float) -> Record:
    return {"kind": "metrics", "values": {"r": value}}


def values(server: Any) -> list[float]:
    return [value for _, value in series_of(server, run_ids(server)["heat"]).get("r", [])]


def wait(disk: SimDisk, server: Any, seconds: float) -> None:
    """Let cron run a quarter of an hour apart for so long: no pause counts for more."""
    for _ in range(int(seconds // 900) + 1):
        one_pass(disk, server, pause=900.0)
