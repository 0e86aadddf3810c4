"""Single requests in the published client's words, for programs that were written on top of it.

Nothing of this package uses them: see ``simvue.server.api``. They are repeated like there, but bear no
`Idempotency-Key`, so a repeated POST may be applied twice. Tests: ``tests/api/test_request.py``.
"""

import json as json_module
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

__all__ = [
    "DEFAULT_API_TIMEOUT",
    "MAX_ENTRIES_PER_PAGE",
    "delete",
    "get",
    "get_json_from_response",
    "get_paginated",
    "post",
    "put",
    "set_json_header",
]

DEFAULT_API_TIMEOUT = 10
MAX_ENTRIES_PER_PAGE = 100
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_PASSING = frozenset({502, 503, 504})


def set_json_header(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers with the content type of JSON among them."""
    return {**headers, "Content-Type": "application/json"}


def get(
    url: str,
    *,
    headers: dict[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    timeout: int = DEFAULT_API_TIMEOUT,
    json: Any = None,
    verify: str | bool = True,
) -> "Response":
    """Carry out a GET and return the answer, whatever its status."""
    return _repeated("GET", url, headers=headers, params=params, timeout=timeout, json=json, verify=verify)


def post(
    url: str,
    *,
    headers: dict[str, str],
    params: Mapping[str, str],
    data: Any,
    is_json: bool = True,
    timeout: int | None = None,
    verify: str | bool = True,
    files: dict[str, Any] | None = None,
) -> "Response":
    """Carry out a POST of `data`, as JSON unless said otherwise, and return the answer, whatever its status."""
    if is_json:
        headers, data = set_json_header(headers), json_module.dumps(data)
    options = {"headers": headers, "params": params, "data": data, "files": files, "verify": verify}
    return _repeated("POST", url, timeout=timeout or 6 * DEFAULT_API_TIMEOUT, **options)


def put(
    url: str,
    *,
    headers: dict[str, str],
    data: Any = None,
    json: Any = None,
    is_json: bool = True,
    verify: bool | str = True,
    timeout: int = DEFAULT_API_TIMEOUT,
) -> "Response":
    """Carry out a PUT of `data`, or of `json`, and return the answer, whatever its status."""
    if is_json and data:
        headers, data = set_json_header(headers), json_module.dumps(data)
    return _repeated("PUT", url, headers=headers, data=data, json=json, verify=verify, timeout=timeout)


def delete(
    url: str,
    *,
    headers: dict[str, str],
    timeout: int = DEFAULT_API_TIMEOUT,
    params: Mapping[str, Any] | None = None,
    verify: str | bool = True,
) -> "Response":
    """Carry out a DELETE and return the answer, whatever its status."""
    return _repeated("DELETE", url, headers=headers, timeout=timeout, params=params, verify=verify)


def get_json_from_response(
    *,
    expected_status: list[int],
    scenario: str,
    response: "Response",
    allow_parse_failure: bool = False,
    expected_type: type = dict,
) -> Any:
    """Return the decoded body of an answer of an expected status; `scenario` says what failed if it is not.

    Raises:
        RuntimeError: another status, no JSON, or JSON of another type.
    """
    try:
        document = response.json() if response.content else expected_type()
    except ValueError:
        if not (allow_parse_failure and response.status_code in expected_status):
            raise RuntimeError(f"{scenario} failed with status {response.status_code}: no JSON came back") from None
        return expected_type()
    if response.status_code not in expected_status:
        detail = document.get("detail", document) if isinstance(document, dict) else document
        raise RuntimeError(f"{scenario} failed with status {response.status_code}: {detail}")
    document = expected_type() if document is None else document
    if not isinstance(document, expected_type):
        raise RuntimeError(  # noqa: TRY004 - of an answer, not of an argument
            f"{scenario} failed: a {expected_type.__name__} was expected, not {type(document).__name__}"
        )
    return document


def get_paginated(
    url: str,
    *,
    headers: dict[str, str] | None = None,
    timeout: int = DEFAULT_API_TIMEOUT,
    json: Any = None,
    count: int | None = None,
    offset: int | None = None,
    **params: Any,
) -> Iterator["Response"]:
    """Yield answers page by page, until `count` rows are there or the list ends."""
    start, left = offset or 0, count
    while left is None or left > 0:
        wanted = min(MAX_ENTRIES_PER_PAGE, MAX_ENTRIES_PER_PAGE if left is None else left)
        answer = get(
            url, headers=headers, timeout=timeout, json=json, params={**params, "count": wanted, "start": start}
        )
        yield answer
        document = answer.json()
        rows = len(document.get("data", ())) if isinstance(document, dict) else 0
        start += rows
        left = None if left is None else left - rows
        if rows < wanted or start >= document.get("count", start + 1):
            return


def _repeated(method: str, url: str, **options: Any) -> "Response":
    import requests  # noqa: PLC0415 - importing this module loads no HTTP library

    for pause in (*_PAUSES, None):
        try:
            answer = requests.request(method, url, auth=_as_given, **options)  # noqa: S113 - it is in the options
            if answer.status_code not in _PASSING or pause is None:
                return answer
        except (requests.ConnectionError, requests.Timeout):
            if pause is None:
                raise
        time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _as_given(request: "PreparedRequest") -> "PreparedRequest":
    """Leave the token alone: without this, a .netrc of the user would go before it."""
    return request
