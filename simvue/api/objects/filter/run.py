"""Conditions on runs. Tests: ``tests/api/test_filter.py``."""

from typing import Literal, Self

from simvue.api.objects.filter.base import RestAPIFilter, Time

__all__ = ["RunsFilter", "Status"]

Status = Literal["lost", "failed", "completed", "terminated", "running", "created"]


class RunsFilter(RestAPIFilter):
    """Conditions that a run must meet, all of them."""

    def has_name(self, name: str) -> Self:
        """Keep runs of exactly this name."""
        return self._and(f"name == {name}")

    def has_name_containing(self, name: str) -> Self:
        """Keep runs whose name contains this text."""
        return self._and(f"name contains {name}")

    def exclude_name(self, name: str) -> Self:
        """Leave out runs of exactly this name."""
        return self._and(f"name != {name}")

    def owner(self, username: str = "self") -> Self:
        """Keep runs of a user, by default of the owner of the token."""
        return self._and(f"user == {username}")

    def exclude_owner(self, username: str = "self") -> Self:
        """Leave out runs of a user, by default of the owner of the token."""
        return self._and(f"user != {username}")

    def has_status(self, status: Status) -> Self:
        """Keep runs of this status."""
        return self._and(f"status == {status}")

    def is_running(self) -> Self:
        """Keep runs under way."""
        return self.has_status("running")

    def is_lost(self) -> Self:
        """Keep runs that gave no sign of life for too long."""
        return self.has_status("lost")

    def has_completed(self) -> Self:
        """Keep runs that ended well."""
        return self.has_status("completed")

    def has_failed(self) -> Self:
        """Keep runs that failed."""
        return self.has_status("failed")

    def has_alert(self, alert_name: str, *, is_critical: bool | None = None) -> Self:
        """Keep runs with this alert; if said, only where it is critical, or only where it is not."""
        self._and(f"alert.name == {alert_name}")
        if is_critical is None:
            return self
        return self._and(f"alert.status == {'critical' if is_critical else 'ok'}")

    def started_within(self, *, hours: int = 0, days: int = 0, years: int = 0) -> Self:
        """Keep what began within the last hours, days or years: give one of them."""
        return self._within(Time.Started, hours, days, years)

    def modified_within(self, *, hours: int = 0, days: int = 0, years: int = 0) -> Self:
        """Keep what changed within the last hours, days or years: give one of them."""
        return self._within(Time.Modified, hours, days, years)

    def ended_within(self, *, hours: int = 0, days: int = 0, years: int = 0) -> Self:
        """Keep what ended within the last hours, days or years: give one of them."""
        return self._within(Time.Ended, hours, days, years)

    def in_folder(self, folder_path: str) -> Self:
        """Keep runs of exactly this folder."""
        return self._and(f"folder.path == {folder_path}")

    def in_folder_containing(self, folder_path: str) -> Self:
        """Keep runs of folders whose path contains this text."""
        return self._and(f"folder.path contains {folder_path}")

    def exclude_in_folder(self, folder_path: str) -> Self:
        """Leave out runs of exactly this folder."""
        return self._and(f"folder.path != {folder_path}")

    def has_working_directory(self, working_dir: str) -> Self:
        """Keep runs that were started in this directory."""
        return self._and(f"system.cwd == {working_dir}")

    def exclude_working_directory(self, working_dir: str) -> Self:
        """Leave out runs that were started in this directory."""
        return self._and(f"system.cwd != {working_dir}")

    def has_hostname(self, hostname: str) -> Self:
        """Keep runs of this machine."""
        return self._and(f"system.hostname == {hostname}")

    def exclude_hostname(self, hostname: str) -> Self:
        """Leave out runs of this machine."""
        return self._and(f"system.hostname != {hostname}")

    def has_python_version(self, python_version: str) -> Self:
        """Keep runs of this version of Python."""
        return self._and(f"system.pythonversion == {python_version}")

    def exclude_python_version(self, python_version: str) -> Self:
        """Leave out runs of this version of Python."""
        return self._and(f"system.pythonversion != {python_version}")

    def has_cpu(self, *, architecture: str | None = None, processor: str | None = None) -> Self:
        """Keep runs on such processors."""
        return self._facts("==", {"cpu.arch": architecture, "cpu.processor": processor})

    def exclude_cpu(self, *, architecture: str | None = None, processor: str | None = None) -> Self:
        """Leave out runs on such processors."""
        return self._facts("!=", {"cpu.arch": architecture, "cpu.processor": processor})

    def has_gpu(self, *, name: str | None = None, processor: str | None = None) -> Self:
        """Keep runs on machines with such a graphics processor."""
        return self._facts("==", {"gpu.name": name, "gpu.processor": processor})

    def exclude_gpu(self, *, name: str | None = None, processor: str | None = None) -> Self:
        """Leave out runs on machines with such a graphics processor."""
        return self._facts("!=", {"gpu.name": name, "gpu.processor": processor})

    def has_platform(self, platform: str, *, release: str | None = None, version: str | None = None) -> Self:
        """Keep runs on such an operating system."""
        return self._facts(
            "==", {"platform.system": platform, "platform.release": release, "platform.version": version}
        )

    def exclude_platform(self, platform: str, *, release: str | None = None, version: str | None = None) -> Self:
        """Leave out runs on such an operating system."""
        return self._facts(
            "!=", {"platform.system": platform, "platform.release": release, "platform.version": version}
        )

    def _facts(self, sign: str, facts: dict[str, str | None]) -> Self:
        given = [f"system.{name} {sign} {value}" for name, value in facts.items() if value is not None]
        if not given:
            raise ValueError(f"give at least one of {', '.join(facts)}")
        return self._and(*given)
