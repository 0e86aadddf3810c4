"""A user's home and working directory, with configuration files in them."""

from pathlib import Path

import pytest

from simvue.config import Settings, load
from simvue.errors import ConfigurationError

__all__ = ["ACCESS", "SEED", "TOKEN", "TOML", "Place"]

TOKEN = "eyJ0eXAiOiJKV1Qi.canary.7f3a"
SEED = f"[server]\nurl = https://app.simvue.io\ntoken = {TOKEN}\n"
TOML = f'[server]\nurl = "https://toml.example"\ntoken = "{TOKEN}"\n'
ACCESS = {"SIMVUE_URL": "https://env.example", "SIMVUE_TOKEN": "from-env"}


class Place:
    """A home and a working directory below it, as a user has them."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.work = self.home / "project" / "case"
        self.work.mkdir(parents=True)

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.home / name[2:] if name.startswith("~/") else self.work / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def load(self, environment: dict[str, str] | None = None, **arguments: object) -> Settings:
        return load(directory=self.work, home=self.home, environment=environment or {}, **arguments)

    def refusal(self, environment: dict[str, str] | None = None, **arguments: object) -> str:
        with pytest.raises(ConfigurationError) as caught:
            self.load(environment, **arguments)
        assert caught.value.__cause__ is None
        return str(caught.value)
