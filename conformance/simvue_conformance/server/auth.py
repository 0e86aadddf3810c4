"""Bearer tokens: who calls, and whether they may write.

A token is looked up, not verified; a made-up one only has the *shape* of a JWT with a far `exp`, because
clients read that member. Tests: tests/conformance/server/test_auth.py.
"""

import base64
import hmac
import json
import secrets
from dataclasses import dataclass

from simvue_conformance.server.answers import RefusalError

__all__ = ["Caller", "Token", "authorize", "make_token"]

FAR_EXPIRY = 4_102_444_800  # 2100-01-01
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One accepted bearer token, whose it is, whether it only reads, and whether it manages accounts."""

    text: str
    user: str = "user01"
    read_only: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user behind a request."""

    user: str
    tenant: str = "tenant01"
    is_admin: bool = False


def _part(document: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def make_token(user: str = "user01") -> str:
    """Make a new token shaped like a JWT that expires in the year 2100."""
    payload: dict[str, object] = {"username": user, "exp": FAR_EXPIRY, "jti": secrets.token_hex(8)}
    return ".".join([_part({"alg": "HS256", "typ": "JWT"}), _part(payload), secrets.token_urlsafe(32)])


def authorize(header: str | None, method: str, tokens: tuple[Token, ...]) -> Caller:
    """Return the caller. Raises 401 for an unknown token, 403 for a write with one that only reads."""
    scheme, _, text = (header or "").partition(" ")
    found = [token for token in tokens if hmac.compare_digest(token.text.encode(), text.strip().encode())]
    if scheme.lower() != "bearer" or not found:
        detail = "Not authenticated: send `Authorization: Bearer <token>` with a known token"
        raise RefusalError(401, {"detail": detail})
    if found[0].read_only and method in WRITING:
        raise RefusalError(403, {"detail": "Forbidden: this token may only read"})
    return Caller(user=found[0].user, is_admin=found[0].is_admin)
