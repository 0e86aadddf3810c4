"""Configuration: settings from the environment, arguments and files, decided once (`load`)."""

from simvue.config.load import load
from simvue.config.settings import (
    Certificates,
    EcoSettings,
    Mode,
    Origin,
    RunDefaults,
    SenderSettings,
    ServerSettings,
    Settings,
    Token,
)

__all__ = [
    "Certificates",
    "EcoSettings",
    "Mode",
    "Origin",
    "RunDefaults",
    "SenderSettings",
    "ServerSettings",
    "Settings",
    "Token",
    "load",
]
