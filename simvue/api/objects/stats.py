"""Numbers about what the server holds. Tests: ``tests/api/test_stats.py``."""

from dataclasses import dataclass
from typing import Any

from simvue.api.objects.base import SimvueObject, Token
from simvue.models import Model

__all__ = ["RunStatistics", "Stats", "UserStatistics"]


@dataclass(kw_only=True)
class UserStatistics(Model):
    """What one user keeps on the server, as numbers; `volume` is in bytes."""

    runs: int
    alerts: int
    tags: int
    files: int
    volume: int
    events: int
    metrics: int


class Stats(SimvueObject):
    """Who asks, and how much there is. Nothing here can be changed."""

    _label = "stat"
    _path = "stats"

    def __init__(self, *, server_url: str | None = None, server_token: Token = None) -> None:
        super().__init__(server_url=server_url, server_token=server_token)
        self.runs = RunStatistics(self)

    def whoami(self) -> dict[str, str]:
        """Return the names of the `user` and the `tenant` that the token belongs to."""
        return dict(self._api.get("whoami"))

    def get_run_stats(self) -> dict[str, int]:
        """Return the numbers of runs by status."""
        return dict(self.to_dict()["runs"])

    def admin_stats(self, *, tenant: str | None = None) -> dict[str, dict[str, int]]:
        """Return what each user keeps on the server, for administrators; see `UserStatistics`."""
        found = self._api.get(self._path, query={"single": False, "tenant": tenant})
        return {user: UserStatistics.model_validate(numbers).model_dump() for user, numbers in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return the server's numbers of now."""
        return dict(self._api.get(self._path))

    def commit(self) -> None:
        """Refuse: statistics cannot be changed."""
        raise NotImplementedError("statistics are the server's own")

    def delete(self, **_: Any) -> dict[str, Any]:
        """Refuse: statistics cannot be deleted."""
        raise NotImplementedError("statistics are the server's own")


class RunStatistics:
    """The numbers of runs; each look asks the server."""

    def __init__(self, sv_obj: Stats) -> None:
        self._stats = sv_obj

    @property
    def created(self) -> int:
        """Runs that have not begun."""
        return self._stats.get_run_stats()["created"]

    @property
    def running(self) -> int:
        """Runs under way."""
        return self._stats.get_run_stats()["running"]

    @property
    def completed(self) -> int:
        """Runs that ended well."""
        return self._stats.get_run_stats()["completed"]

    @property
    def data(self) -> int:
        """Runs that have data."""
        return self._stats.get_run_stats()["data"]
