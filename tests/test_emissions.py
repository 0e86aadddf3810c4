"""Energy and emissions: the formula, and where the carbon intensity of the grid comes from."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simvue.config import EcoSettings, Token
from simvue.emissions import Estimate, Intensity


def eco(**changes: object) -> EcoSettings:
    values = {
        "cpu_watts": 80.0,
        "cpu_cores": 4,
        "gpu_watts": 130.0,
        "intensity": None,
        "token": Token("canary-7f3a"),
        "refresh_seconds": 3600.0,
    }
    return EcoSettings(**{**values, **changes})


class Service(ThreadingHTTPServer):
    """A service that answers with what it is given."""

    status, body, location = 200, b"", ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/latest"


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        service = self.server
        assert isinstance(service, Service)
        service.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(service.status)
        if service.location:
            self.send_header("location", service.location)
        self.end_headers()
        self.wfile.write(service.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as server:
        server.body = json.dumps({"zone": "GB", "carbonIntensity": 212.5}).encode()
        yield server


def test_energy_is_power_times_time_as_the_published_client_has_it():
    estimate = Estimate(eco())

    first = estimate.add(2.0, 1.0, 0.0, 200.0)  # its own values for 1 % of a core in 2 s
    second = estimate.add(3600.0, 400.0, 100.0, 500.0)

    assert first == {
        "sustainability.energy_consumed.total": pytest.approx(1.1111111111111112e-07),
        "sustainability.energy_consumed.delta": pytest.approx(1.1111111111111112e-07),
        "sustainability.emissions.total": pytest.approx(2.2222222222222227e-08),
        "sustainability.emissions.delta": pytest.approx(2.2222222222222227e-08),
    }
    assert second["sustainability.energy_consumed.delta"] == pytest.approx(0.08 + 0.13)
    assert second["sustainability.emissions.delta"] == pytest.approx(0.21 * 0.5)
    assert second["sustainability.emissions.total"] == pytest.approx(0.21 * 0.5 + 2.2222e-08)


def test_without_an_intensity_energy_alone_is_known():
    assert set(Estimate(eco()).add(1.0, 1.0, 0.0, None)) == {
        "sustainability.energy_consumed.total",
        "sustainability.energy_consumed.delta",
    }


def test_a_configured_intensity_goes_before_all_others(tmp_path, service):
    intensity = Intensity(eco(intensity=99.0), tmp_path, may_ask=True, endpoint=service.url)

    assert (intensity.current(), intensity.known, service.asked) == (99.0, 99.0, [])


@pytest.mark.parametrize(
    "answer", [{"carbonIntensity": 212.5}, {"countryCode": "GB", "data": {"carbonIntensity": 212.5}}]
)
def test_the_service_is_asked_once_and_later_runs_find_its_answer(tmp_path, service, answer):
    service.body = json.dumps(answer).encode()
    first = Intensity(eco(), tmp_path / "cache", may_ask=True, endpoint=service.url)

    assert first.known is None
    assert [first.current(), first.current(), first.known] == [212.5] * 3
    assert [headers["auth-token"] for headers in service.asked] == ["canary-7f3a"]

    offline = Intensity(eco(token=None), tmp_path / "cache", may_ask=False, endpoint=service.url)
    assert offline.current() == 212.5
    again = Intensity(eco(), tmp_path / "cache", may_ask=True, endpoint=service.url)
    assert again.current() == 212.5
    assert len(service.asked) == 1


def test_an_answer_that_is_too_old_is_asked_for_again(tmp_path, service):
    Intensity(eco(), tmp_path, may_ask=True, endpoint=service.url).current()
    path = tmp_path / "ecoclient_co2_intensity.json"
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, "asked": content["asked"] - 3700}))
    service.body = b'{"carbonIntensity": 100}'

    assert Intensity(eco(), tmp_path, may_ask=True, endpoint=service.url).current() == 100
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"no json"),
        (200, b"[]"),
        (200, b'{"carbonIntensity": "much"}'),
        (200, b'{"carbonIntensity": -5}'),
    ],
)
def test_what_the_service_should_not_answer_leaves_what_is_known(tmp_path, service, caplog, status, body):
    (tmp_path / "ecoclient_co2_intensity.json").write_text('{"carbonIntensity": 300, "asked": 5}')
    service.status, service.body = status, body
    intensity = Intensity(eco(), tmp_path, may_ask=True, endpoint=service.url)

    assert [intensity.current(), intensity.current()] == [300, 300]

    assert len(service.asked) == 1  # not again at once
    assert "could not be asked for" in caplog.text
    assert "canary" not in caplog.text


def test_the_token_follows_no_redirection(tmp_path, service, caplog):
    with serving() as other:
        service.status, service.location = 302, other.url

        assert Intensity(eco(), tmp_path, may_ask=True, endpoint=service.url).current() is None

        assert other.asked == []
    assert "302" in caplog.text


def test_where_nobody_knows_it_is_said_once_what_to_write(tmp_path, caplog):
    intensity = Intensity(eco(token=None), tmp_path, may_ask=True)

    assert [intensity.current(), intensity.current()] == [None, None]

    assert caplog.text.count("[eco] co2_intensity") == 1


@pytest.mark.parametrize("content", ["", "[]", '{"carbonIntensity": 5}', '{"carbonIntensity": null, "asked": 1}'])
def test_a_file_of_another_kind_counts_as_none(tmp_path, content):
    (tmp_path / "ecoclient_co2_intensity.json").write_text(content)

    assert Intensity(eco(token=None), tmp_path, may_ask=False).known is None
