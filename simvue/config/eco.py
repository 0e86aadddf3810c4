"""Choose what estimates of energy and emissions are made of: the table ``[eco]``.

How it is used is written in ``simvue.emissions``. Tests: ``tests/config/``.
"""

from simvue.config.choice import Choice, Chooser
from simvue.config.settings import EcoSettings, Token
from simvue.errors import WriterError

__all__ = ["choose_eco"]

# The published client's, arbitrary as it says itself: 20 W for each core.
_CPU_WATTS, _CPU_CORES, _GPU_WATTS = 80, 4, 130
_SHORTEST_REFRESH = 120
_REFRESH = "1 hour"


def choose_eco(chooser: Chooser) -> EcoSettings:
    """Return the settings of the table; every value has a default but the intensity and the token.

    Raises:
        ConfigurationError: one of them cannot be used.
    """

    def chosen(name: str, key: str, default: object) -> Choice:
        return chooser.choose(f"eco.{name}", ("eco", key), default)

    intensity = chosen("intensity", "co2_intensity", None)
    token = chosen("token", "co2_signal_api_token", None)
    cpu = chosen("cpu_watts", "cpu_thermal_design_power", _CPU_WATTS)
    gpu = chosen("gpu_watts", "gpu_thermal_design_power", _GPU_WATTS)
    cores = chosen("cpu_cores", "cpu_n_cores", _CPU_CORES)
    return EcoSettings(
        cpu_watts=cpu.number("cpu_thermal_design_power = 80", above=True),
        cpu_cores=cores.count("cpu_n_cores = 4", least=1),
        gpu_watts=gpu.number("gpu_thermal_design_power = 130", above=True),
        intensity=None if intensity.value is None else intensity.number("co2_intensity = 200"),
        token=None if token.value is None else Token(token.text("co2_signal_api_token = ...")),
        refresh_seconds=_seconds(chosen("refresh_seconds", "intensity_refresh_interval", _REFRESH)),
    )


def _seconds(choice: Choice) -> float:
    if choice.value == _REFRESH:
        return 3600.0
    from simvue.core.arguments import retention  # noqa: PLC0415 - an idle sender reads the configuration, too

    try:
        seconds = retention(choice.value)
    except WriterError:
        seconds = None
    if seconds is None or seconds <= _SHORTEST_REFRESH:
        raise choice.wrong(f'it must be more than {_SHORTEST_REFRESH} seconds; write for example "1 hour" or 3600')
    return seconds
