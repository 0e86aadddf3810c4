"""Favourites of the caller: a mark on runs and folders that has an address of its own.

Tests: ``tests/api/test_run.py``.
"""

from typing import Any

from simvue.api.objects.base import SimvueObject
from simvue.api.objects.fields import Field

__all__ = ["Starrable"]


class Starrable(SimvueObject):
    """An object that its viewer can mark."""

    star = Field[bool]("starred", encode=bool)
    """Whether the owner of the token marked it as a favourite."""

    def _create(self, members: dict[str, Any]) -> Any:
        starred = members.pop("starred", None)
        answer = super()._create(members)
        if starred is not None:
            self._identifier = str(answer["id"])
            self._mark(starred)
        return answer

    def _change(self, path: str, members: dict[str, Any]) -> Any:
        starred = members.pop("starred", None)
        answer = super()._change(path, members) if members else {}
        if starred is not None:
            self._mark(starred)
        return answer

    def _mark(self, starred: object) -> None:
        self._api.put(f"{self._own_path()}/starred", {"starred": starred})
