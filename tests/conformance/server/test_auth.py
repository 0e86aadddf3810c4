"""Tokens: unknown ones are 401, reading ones are 403 on writes, made ones have the shape clients read."""

import base64
import json
import time

import pytest

from simvue_conformance.server.auth import Token, make_token


def _send(api, token, method="GET", path="/api/runs", body=b""):
    headers = {} if token is None else {"authorization": token}
    return api.target.request(method, path, headers, body)[0]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic {}", "bearer é"], ids=repr)
def test_a_wrong_or_missing_token_is_401(local, header):
    filled = None if header is None else header.format(local.target.settings.tokens[0].text)

    assert _send(local, filled) == 401


def test_the_version_needs_a_token_too(remote):
    assert _send(remote, None, path="/api/version") == 401


def test_a_read_only_token_reads_and_does_not_write(make_local):
    api = make_local(tokens=(Token(text="w"), Token(text="r", read_only=True)))

    answers = [_send(api, "Bearer r", method, body=b'{"folder": "/"}') for method in ("GET", "POST")]

    assert answers == [200, 403]


def test_every_token_given_is_accepted(make_local):
    api = make_local(tokens=(Token(text="one"), Token(text="two")))

    assert [_send(api, f"Bearer {text}") for text in ("one", "two")] == [200, 200]


def test_a_made_token_expires_in_the_future_like_a_jwt():
    _, payload, _ = make_token().split(".")

    expiry = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]

    assert isinstance(expiry, int)
    assert expiry > time.time() + 10 * 365 * 86_400
