"""What filters of all kinds of objects have in common.

A condition is one text in the server's words, such as ``has tag.first``. Each method adds one and returns the
filter. Tests: ``tests/api/test_filter.py``.
"""

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from simvue.api.objects.base import SimvueObject

__all__ = ["RestAPIFilter", "Time"]


class Time(str, Enum):  # noqa: UP042 - published so
    """The times of an object that a filter can look at."""

    Created = "created"
    Started = "started"
    Modified = "modified"
    Ended = "ended"


class RestAPIFilter:
    """Conditions that an object must meet, all of them."""

    def __init__(self, simvue_object: "type[SimvueObject] | None" = None) -> None:
        self._kind = simvue_object
        self._conditions: list[str] = []

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._conditions})"

    def as_list(self) -> list[str]:
        """Return the conditions in the server's words."""
        return list(self._conditions)

    def clear(self) -> None:
        """Forget all conditions."""
        self._conditions.clear()

    def get(
        self, count: int | None = None, offset: int | None = None, **options: Any
    ) -> "Iterator[tuple[str, SimvueObject]]":
        """Yield identifier and object of those that meet the conditions; options as of the object's own `get`."""
        return self._listed().get(count=count, offset=offset, filters=self.as_list(), **options)

    def count(self, **options: Any) -> int:
        """Return how many objects meet the conditions."""
        return self._listed().count(filters=self.as_list(), **options)

    def _listed(self) -> "type[SimvueObject]":
        if self._kind is None:
            raise RuntimeError("this filter belongs to no kind of object: make it by Run.filter() or Folder.filter()")
        return self._kind

    def _and(self, *conditions: str) -> Self:
        self._conditions += conditions
        return self

    def _within(self, time: Time, hours: int, days: int, years: int) -> Self:
        given = [f"{number}{unit}" for number, unit in ((hours, "h"), (days, "d"), (years, "y")) if number]
        if len(given) != 1 or min(hours, days, years) < 0:
            raise ValueError("give exactly one of hours, days and years, as a number above 0")
        return self._and(f"{time.value} < {given[0]}")

    def starred(self) -> Self:
        """Keep favourites of the owner of the token."""
        return self._and("starred")

    def has_tag(self, tag: str) -> Self:
        """Keep what bears a tag."""
        return self._and(f"has tag.{tag}")

    def exclude_tag(self, tag: str) -> Self:
        """Leave out what bears a tag."""
        return self._and(f"has not tag.{tag}")

    def has_description_containing(self, search_str: str) -> Self:
        """Keep what is described with these words."""
        return self._and(f"description contains {search_str}")

    def exclude_description_containing(self, search_str: str) -> Self:
        """Leave out what is described with these words."""
        return self._and(f"description not contains {search_str}")

    def has_metadata_attribute(self, attribute: str) -> Self:
        """Keep what has such metadata; in nested metadata, names are joined with dots."""
        return self._and(f"metadata.{attribute} exists")

    def exclude_metadata_attribute(self, attribute: str) -> Self:
        """Leave out what has such metadata."""
        return self._and(f"metadata.{attribute} not exists")

    def has_metadata_value(self, attribute: str, value: str | float) -> Self:
        """Keep what has this value in its metadata."""
        return self._and(f"metadata.{attribute} == {value}")

    def exclude_metadata_value(self, attribute: str, value: str | float) -> Self:
        """Leave out what has this value in its metadata."""
        return self._and(f"metadata.{attribute} != {value}")

    def has_metadata_value_greater_than(self, attribute: str, value: float) -> Self:
        """Keep what has more than this in its metadata."""
        return self._and(f"metadata.{attribute} > {value}")

    def has_metadata_value_less_than(self, attribute: str, value: float) -> Self:
        """Keep what has less than this in its metadata."""
        return self._and(f"metadata.{attribute} < {value}")

    def has_metadata_value_greater_than_or_equal_to(self, attribute: str, value: float) -> Self:
        """Keep what has at least this in its metadata."""
        return self._and(f"metadata.{attribute} >= {value}")

    def has_metadata_value_less_than_or_equal_to(self, attribute: str, value: float) -> Self:
        """Keep what has at most this in its metadata."""
        return self._and(f"metadata.{attribute} <= {value}")

    def created_within(self, *, hours: int = 0, days: int = 0, years: int = 0) -> Self:
        """Keep what was created within the last hours, days or years: give one of them."""
        return self._within(Time.Created, hours, days, years)
