"""Ask for tags and delete them. Tests: tests/client/test_tags.py."""

from collections.abc import Iterator

from simvue.api.objects.tag import Tag, TagSort
from simvue.client import arguments
from simvue.client.access import Access, sorting
from simvue.client.arguments import SortColumns

__all__ = ["Tags"]


class Tags(Access):
    """The part of a client that is about tags."""

    def get_tags(
        self,
        *,
        start_index: int | None = None,
        count_limit: int | None = None,
        sort_by_columns: SortColumns | None = None,
    ) -> "Iterator[tuple[str, Tag]]":
        """Return pairs of identifier and tag.

        Args:
            start_index: How many to leave out at the beginning.
            count_limit: How many at most; None for all.
            sort_by_columns: Pairs of a column (name, created) and whether it is descending.
        """
        return Tag.get(
            count=arguments.count(count_limit, "count_limit"),
            offset=arguments.start(start_index, "start_index"),
            sorting=sorting(sort_by_columns, TagSort),
            **self._server,
        )

    def get_tag(self, tag_id: str) -> "Tag":
        """Return a tag.

        Raises:
            ObjectNotFoundError: There is none.
        """
        return Tag(arguments.text(tag_id, "tag_id"), **self._server)

    def delete_tag(self, tag_id: str) -> None:
        """Delete a tag; runs lose it.

        Raises:
            ObjectNotFoundError: There is no such tag.
        """
        self._delete("tags", "tag", arguments.text(tag_id, "tag_id"))
