"""What one server is started with, as a value.

The clock, the sleep and the source of identifiers are members, so that a simulator decides about time and
chance. The command line that fills this in is `cli`. Tests: through every other module's.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from simvue_conformance.server.auth import Token

__all__ = ["Settings", "new_identifier"]

IDENTIFIER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
IDENTIFIER_LENGTH = 22
WEEK = 604_800


def new_identifier() -> str:
    """Return a new identifier: 22 characters without those that look alike."""
    return "".join(IDENTIFIER_ALPHABET[byte % 57] for byte in secrets.token_bytes(IDENTIFIER_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of one server; without `data` everything lives in memory and ends with the process.

    `idempotency_window` is in seconds. `form_uploads` asks for uploads as multipart POST, not as raw PUT.
    `now` returns seconds since 1970.
    """

    data: Path | None = None
    tokens: tuple[Token, ...] = ()
    idempotency: bool = True
    idempotency_window: int = WEEK
    faults: bool = False
    null: bool = False
    pages: bool = False
    form_uploads: bool = False
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    identifier: Callable[[], str] = new_identifier
