"""Remembers the answers of requests that carried an `Idempotency-Key`.

What is remembered lies in the database of the effect, so that both are committed or neither. When to ask,
and what to remember, is decided by `dispatch`. Tests: tests/conformance/server/test_idempotency.py.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from simvue_conformance.server.answers import Answer, RefusalError
from simvue_conformance.server.store.database import raw

__all__ = ["Request", "check_key", "is_worth_remembering", "recall", "remember"]

LONGEST_KEY = 255
RECALL = "SELECT request, status, answer FROM idempotency WHERE user = ? AND key = ? AND created >= ?"
REMEMBER = "INSERT OR REPLACE INTO idempotency (user, key, request, status, answer, created) VALUES (?, ?, ?, ?, ?, ?)"
FORGET = "DELETE FROM idempotency WHERE created < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One keyed request: whose it is, its key, and what makes it the same request again."""

    user: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, user: str, key: str, target: str, body: bytes) -> "Request":
        """Fingerprint method, path, query and body."""
        digest = hashlib.sha256(target.encode() + b"\n" + body)
        return cls(user=user, key=key, fingerprint=digest.hexdigest())


def check_key(key: str) -> None:
    """Raise the 422 for a key that is empty or longer than 255 characters."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise RefusalError(422, {"detail": f"Idempotency-Key must be 1 to {LONGEST_KEY} characters"})


def is_worth_remembering(answer: Answer) -> bool:
    """Tell whether a repetition should get this very answer: success, or the 409 that names the object."""
    return 200 <= answer.status < 300 or (answer.status == 409 and answer.names_object)


def recall(connection: Connection, request: Request, *, not_before: int) -> Answer | None:
    """Return the remembered answer; raise the 422 if the key was used for another request."""
    row = raw(connection).execute(RECALL, (request.user, request.key, not_before)).fetchone()
    if row is None:
        return None
    fingerprint, status, body = row
    if fingerprint != request.fingerprint:
        detail = "Idempotency-Key was used before with another body or path; use a new key for a new request"
        raise RefusalError(422, {"detail": detail})
    return Answer(status=status, body=body)


def remember(connection: Connection, request: Request, answer: Answer, *, now: int, not_before: int) -> None:
    """Keep the answer inside the current transaction, and forget those older than the window."""
    database = raw(connection)
    database.execute(FORGET, (not_before,))
    row = (request.user, request.key, request.fingerprint, answer.status, answer.body, now)
    database.execute(REMEMBER, row)
