"""The paths outside /api by which a test steers the server: fault rules and the log of requests.

They need no token, never fail on purpose, and exist only with `--faults`.
Tests: tests/conformance/server/test_faults.py.
"""

from starlette.requests import Request
from starlette.responses import Response

from simvue_conformance.server.answers import Answer, RefusalError, ok
from simvue_conformance.server.dispatch import Service
from simvue_conformance.server.validation import read_body

__all__ = ["delete_faults", "get_faults", "get_requests", "put_faults"]


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.media_type)


async def get_faults(request: Request) -> Response:
    """Show the rules and how often each matched and fired."""
    return _response(ok(_service(request).faults.documents))


async def put_faults(request: Request) -> Response:
    """Put a list of rules in the place of those in force."""
    try:
        _service(request).faults.replace(read_body(await request.body()))
    except RefusalError as refusal:
        return _response(refusal.answer)
    return await get_faults(request)


async def delete_faults(request: Request) -> Response:
    """Take all rules away."""
    _service(request).faults.replace([])
    return _response(ok({}))


async def get_requests(request: Request) -> Response:
    """Show every request that was answered, or dropped, since the start."""
    return _response(ok(_service(request).log_documents))
