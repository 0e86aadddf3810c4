"""What the user wrote as the server's URL leads to the right API base."""

import pytest

from simvue.server.address import api_base, host_and_port


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("https://app.simvue.io", "https://app.simvue.io/api"),
        ("https://app.simvue.io/", "https://app.simvue.io/api"),
        ("https://app.simvue.io/api", "https://app.simvue.io/api"),
        ("https://app.simvue.io/api/", "https://app.simvue.io/api"),
        ("  https://app.simvue.io\n", "https://app.simvue.io/api"),
        ("https://host/tools/simvue", "https://host/tools/simvue/api"),
        ("https://host/apis", "https://host/apis/api"),
        ("https://host/myapi", "https://host/myapi/api"),
        ("HTTPS://Host.Example", "https://host.example/api"),
        ("https://user:secret@host:8443/x?token=secret#top", "https://host:8443/x/api"),
        ("https://host:443", "https://host/api"),
        ("http://host:443", "http://host:443/api"),
        ("http://[2001:db8::1]:8000/api", "http://[2001:db8::1]:8000/api"),
        ("https://[::1]", "https://[::1]/api"),
    ],
)
def test_the_api_base_follows_from_the_configured_url(configured, expected):
    base = api_base(configured)

    assert base == expected


@pytest.mark.parametrize(
    ("configured", "problem"),
    [
        ("", "no scheme"),
        ("app.simvue.io", "no scheme"),
        ("app.simvue.io:8443/api", "no scheme"),
        ("ftp://app.simvue.io", "neither https nor http"),
        ("file:///etc/passwd", "neither https nor http"),
        ("https://", "no host"),
        ("https:///api", "no host"),
        ("https://host:0", "port 0"),
        ("https://host:http", "not valid"),
        ("https://host:99999", "not valid"),
        ("https://[::1", "not valid"),
        ("https://host/a b", "space or a control"),
        ("https://ho\nst", "space or a control"),
        ("https://user:secret@host:secret", "not valid"),
    ],
)
def test_an_unusable_url_is_refused_without_repeating_a_password(configured, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        api_base(configured)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host/x?signature=secret", "host:443"),
        ("http://user:secret@host", "host:80"),
        ("https://[::1]:8443/", "[::1]:8443"),
    ],
)
def test_host_and_port_are_told_without_secrets(url, expected):
    assert host_and_port(url) == expected
