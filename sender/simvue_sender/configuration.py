"""The sender's view of the configuration: what the flag says goes before the environment and the files.

It imports no more than `simvue.config`, since the shortcut of `entry` uses it.
Tests: tests/sender/test_getting_started.py.
"""

import os

from simvue.config import Settings, load
from simvue.config.settings import Mode

__all__ = ["offline_settings", "online_settings"]

_CACHE_VARIABLE = "SIMVUE_OFFLINE_DIRECTORY"


def offline_settings(cache: str | None) -> Settings:
    """Return the settings that need neither server nor token; raises ConfigurationError."""
    return _settings("offline", cache)


def online_settings(cache: str | None) -> Settings:
    """Return the settings with the server to send to; raises ConfigurationError."""
    return _settings("online", cache)


def _settings(mode: Mode, cache: str | None) -> Settings:
    if cache is None:
        return load(mode=mode)
    # A script's argument gives way to the environment; a flag that a person typed does not.
    environment = {name: value for name, value in os.environ.items() if name != _CACHE_VARIABLE}
    return load(mode=mode, cache=cache, environment=environment)
