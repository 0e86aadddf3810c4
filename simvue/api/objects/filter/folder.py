"""Conditions on folders. Tests: ``tests/api/test_filter.py``."""

from typing import Self

from simvue.api.objects.filter.base import RestAPIFilter

__all__ = ["FoldersFilter"]


class FoldersFilter(RestAPIFilter):
    """Conditions that a folder must meet, all of them."""

    def has_path(self, name: str) -> Self:
        """Keep the folder of exactly this path."""
        return self._and(f"path == {name}")

    def has_path_containing(self, name: str) -> Self:
        """Keep folders whose path contains this text."""
        return self._and(f"path contains {name}")
