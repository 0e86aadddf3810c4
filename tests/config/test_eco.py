"""[metrics], [eco], [client] and [run] mode: what estimates of energy are made of, and switches."""

import pytest

from simvue.config import EcoSettings
from tests.config.place import Place

ECO = """
[metrics]
enable_emission_metrics = true
system_metrics_interval = 5
[eco]
co2_intensity = 200
co2_signal_api_token = "canary-7f3a"
cpu_thermal_design_power = 280
cpu_n_cores = 64
gpu_thermal_design_power = 400.5
intensity_refresh_interval = "2 hours"
[client]
debug = true
"""


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_without_a_file_the_published_values_hold(place):
    settings = place.load(mode="offline")

    assert settings.eco == EcoSettings(
        cpu_watts=80, cpu_cores=4, gpu_watts=130, intensity=None, token=None, refresh_seconds=3600
    )
    assert (settings.measures_emissions, settings.debug, settings.metrics_interval) == (False, False, 60)


@pytest.mark.parametrize("name", ["simvue.toml", "~/.simvue.toml", "pyproject.toml", "simvue.ini"])
def test_every_kind_of_file_says_how_emissions_are_estimated(place, name):
    text = ECO.replace("[", "[tool.simvue.") if name == "pyproject.toml" else ECO
    place.write(name, text)

    settings = place.load(mode="offline")

    eco = settings.eco
    assert (eco.cpu_watts, eco.cpu_cores, eco.gpu_watts) == (280, 64, 400.5)  # also where they are whole numbers
    assert (eco.intensity, eco.refresh_seconds) == (200, 7200)
    assert eco.token is not None
    assert eco.token.reveal() == "canary-7f3a"
    assert (settings.measures_emissions, settings.debug, settings.metrics_interval) == (True, True, 5)


def test_the_token_of_the_service_is_never_shown(place):
    path = place.write("simvue.toml", ECO, mode=0o644)

    settings = place.load(mode="offline")

    assert "canary" not in repr(settings)
    assert any(str(path) in note and "chmod 600" in note for note in settings.notes)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("co2_intensity = -1", "at least 0"),
        ('co2_intensity = "much"', "a number"),
        ("cpu_thermal_design_power = 0", "more than 0"),
        ("gpu_thermal_design_power = -4", "more than 0"),
        ("cpu_n_cores = 2.5", "a whole number"),
        ("cpu_n_cores = 0", "at least 1"),
        ("intensity_refresh_interval = 120", "more than 120 seconds"),
        ('intensity_refresh_interval = "soon"', "more than 120 seconds"),
        ("intensity_refresh_interval = true", "more than 120 seconds"),
        ("co2_signal_api_token = 5", "must be text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_an_example(place, line, word):
    path = place.write("simvue.toml", f"[eco]\n{line}\n")

    message = place.refusal(mode="offline")

    assert str(path) in message
    assert line.split()[0] in message
    assert word in message
    assert "for example" in message


@pytest.mark.parametrize("line", ["[metrics]\nenable_emission_metrics = 3", '[client]\ndebug = "maybe"'])
def test_a_switch_is_true_or_false(place, line):
    place.write("simvue.toml", line)

    assert "true or false" in place.refusal(mode="offline")


def test_the_mode_of_the_file_is_that_of_a_run_whose_script_names_none(place):
    place.write("simvue.toml", '[run]\nmode = "disabled"\n')

    assert place.load().mode == "disabled"
    assert place.load(mode="offline").mode == "offline"
