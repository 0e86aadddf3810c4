"""Ask a server what it is, before anything is sent (DLV-020), and say why it is none to send to.

Tests: tests/sender/test_exit_codes.py and tests/delivery/test_service.py.
"""

from simvue.core.answers import Answer, Meaning, judge
from simvue.core.http import Request
from simvue.core.steps import Step
from simvue.delivery.terms import Server
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, NoAnswer, Unauthorised, Unreachable

__all__ = ["greet", "guarantees"]

_FIRST_ANSWER = 5.0
"""Seconds for the server's first answer: with those for connecting, a pass without a server ends in ten (DLV-038)."""


def greet(world: World, address: str, timeout: float) -> Server:
    """Return what the server at `address` says of itself; `timeout` is in seconds, and cut to five.

    Raises:
        Unauthorised, Unreachable, TlsFailure, ConfigurationError: Nothing can be sent to it.
    """
    request = Request(method="GET", path="/version", timeout=min(_FIRST_ANSWER, timeout))
    step = Step(name="version", method="GET", path="/version", learn=lambda answer: {"said": answer | {}})
    try:
        answer = judge(step, world.request(request), world.now())
    except NoAnswer as error:
        raise Unreachable(f"{address} does not answer: {error}") from error
    if answer.meaning is not Meaning.APPLIED:
        raise _refusal(address, answer)
    said = answer.facts["said"]
    return Server(
        address=address,
        version=str(said.get("version")),
        keyed=said.get("idempotency_key") is True,
        key_window=_number(said.get("idempotency_window")),
    )


def _refusal(address: str, answer: Answer) -> Exception:
    """Return the error that says why this is no server to send to."""
    said = answer.detail or "nothing usable"
    if answer.meaning is Meaning.UNAUTHORISED:
        return Unauthorised(int(said[:3]), said[4:] or "the token is not accepted")
    if answer.meaning in {Meaning.IN_DOUBT, Meaning.NOT_APPLIED}:
        return Unreachable(f"{address} answered {said} when asked for its version")
    if answer.meaning is Meaning.MISDIRECTED:
        return ConfigurationError(
            f"{address} answered {said}: a redirection, which is not followed with a token; set the server's url "
            "to the address it redirects to, if you trust it"
        )
    return ConfigurationError(
        f"{address} is no Simvue server: asked for its version it answered {said}; check the server's url"
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value == value else 0.0  # noqa: PLR0124 - not NaN


def guarantees(server: Server) -> dict[str, str]:
    """Return the guarantee in force for each kind of request (DLV-026)."""
    series = server.guarantee
    again = "exactly-once/keyed" if server.keyed else "exactly-once/idempotent"
    return {"runs": series, "metrics": series, "events": series, "tensors": series, "everything else": again}
