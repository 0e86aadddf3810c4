"""Addresses grow by a slash."""

import pytest

from simvue.api.url import URL


def test_an_address_grows_by_parts():
    url = URL("https://Host.example:8443/api/")
    url /= "runs"

    assert str(url / "a b" / "/metrics/x") == "https://host.example:8443/api/runs/a b/metrics/x"
    assert (url.scheme, url.hostname, url.port, url.path, url.fragment) == (
        "https",
        "host.example",
        8443,
        "/api/runs",
        "",
    )


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("http://[::1]:80/api", "http://[::1]:80/api"),
        ("https://user:secret@host/x?token=secret", "https://host/x"),
        ("https://host/x#part", "https://host/x#part"),
    ],
)
def test_an_address_keeps_its_brackets_and_drops_its_secrets(given, written):
    assert str(URL(given)) == written
    assert URL(given) == written
    assert repr(URL(given)) == f"URL({written!r})"
    assert len({URL(given), URL(written)}) == 1
