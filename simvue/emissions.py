"""Estimates of the energy that a program uses and of the greenhouse gases that come of it.

Both are estimates from a machine's rated power, as the published client makes them:

    energy in kWh   = (cpu % / 100 * processor's power / its cores + gpu % / 100 * GPU's power) * seconds / 3.6e6
    emission in kg  = energy * carbon intensity of the grid in g/kWh / 1000

where 100 % is one core, or one GPU, in full use, and the rated power is the thermal design power in watts. It
is the simplest of the methods that the Green Software Foundation's SCI specification (ISO/IEC 21031) allows for
operational emissions, E * I; memory, storage, cooling and the making of the machine are left out.
What is used is measured in `simvue.resources`. Tests: tests/test_emissions.py.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from simvue.config.settings import EcoSettings
from simvue.journal.warning import warn

__all__ = ["ENDPOINT", "Estimate", "Intensity"]

ENDPOINT = "https://api.electricitymap.org/v3/carbon-intensity/latest"
"""The service that knows the intensity of the grid where the request comes from."""

_FILE = "ecoclient_co2_intensity.json"
_JOULES_PER_KWH = 3.6e6
_TIMEOUT = 10.0
_LARGEST_ANSWER = 1 << 16
_AFTER_FAILURE = 600.0


@dataclass(slots=True)
class Estimate:
    """Sums up energy in kWh, and emissions in kg of CO2 equivalent."""

    eco: EcoSettings
    energy: float = 0.0
    emissions: float = 0.0

    def add(self, seconds: float, cpu_percent: float, gpu_percent: float, intensity: float | None) -> dict[str, float]:
        """Add a time of this use, and return the metrics that the published client records of it.

        Without an `intensity` in g/kWh the energy alone is known.
        """
        power = cpu_percent / 100 * self.eco.cpu_watts / self.eco.cpu_cores + gpu_percent / 100 * self.eco.gpu_watts
        energy = power * seconds / _JOULES_PER_KWH
        self.energy += energy
        values = {
            "sustainability.energy_consumed.total": self.energy,
            "sustainability.energy_consumed.delta": energy,
        }
        if intensity is not None:
            emitted = energy * intensity / 1000
            self.emissions += emitted
            values["sustainability.emissions.total"] = self.emissions
            values["sustainability.emissions.delta"] = emitted
        return values


class Intensity:
    """Carbon intensity of the grid in g/kWh: as configured, else as a service said, else unknown.

    What the service said is kept in the cache, where runs without a network find it.
    """

    def __init__(self, eco: EcoSettings, cache: Path, *, may_ask: bool, endpoint: str = ENDPOINT) -> None:
        """Use the cache of this directory; the service is asked only if that is allowed and there is a token."""
        self._eco, self._path, self._endpoint = eco, cache / _FILE, endpoint
        self._may_ask = may_ask and eco.token is not None
        self._value, self._asked = (None, 0.0) if eco.intensity is not None else _read(self._path)
        self._next = 0.0
        self._has_warned = False

    @property
    def known(self) -> float | None:
        """What is known now; asks nobody."""
        return self._value if self._eco.intensity is None else self._eco.intensity

    def current(self) -> float | None:
        """Return what is known, asking the service before if that is too old; it takes 10 seconds at most."""
        is_old = abs(time.time() - self._asked) > self._eco.refresh_seconds
        if self._eco.intensity is None and self._may_ask and is_old and time.monotonic() >= self._next:
            try:
                self._value, self._asked = self._ask(), time.time()
                _write(self._path, self._value, self._asked)
            except Exception as error:  # noqa: BLE001 - network, answer, disk: the run goes on with what is known
                self._next = time.monotonic() + _AFTER_FAILURE
                self._say(f"the carbon intensity of the grid could not be asked for: {error}")
        if self.known is None:
            self._say(
                "the carbon intensity of the grid is not known: energy is recorded, emissions are not; "
                "set [eco] co2_intensity in g/kWh"
            )
        return self.known

    def _ask(self) -> float:
        from urllib.request import HTTPRedirectHandler, Request, build_opener  # noqa: PLC0415 - only if it is asked

        class Refuse(HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                """Follow no redirection: the token is not for others."""

        token = self._eco.token.reveal() if self._eco.token else ""
        request = Request(self._endpoint, headers={"auth-token": token})  # noqa: S310 - a constant with https
        with build_opener(Refuse).open(request, timeout=_TIMEOUT) as answer:
            return _intensity_in(answer.read(_LARGEST_ANSWER))

    def _say(self, problem: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            warn(problem)


def _intensity_in(answer: bytes) -> float:
    """Return the number in an answer of version 3 of the service, or of its first version."""
    members = orjson.loads(answer)
    number = members.get("carbonIntensity", members.get("data", {}).get("carbonIntensity"))
    if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
        raise ValueError("the service's answer holds no carbonIntensity")
    return float(number)


def _read(path: Path) -> tuple[float | None, float]:
    """Return the number of the file and when it was asked for."""
    with suppress(OSError, ValueError, LookupError, AttributeError, TypeError):
        content = path.read_bytes()
        return _intensity_in(content), float(orjson.loads(content)["asked"])
    return None, 0.0


def _write(path: Path, intensity: float, asked: float) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(orjson.dumps({"carbonIntensity": intensity, "asked": asked}))
    temporary.replace(path)
