"""What is passed to the objects of a server besides their own values: sorting, and what a batch consists of.

Tests: ``tests/api/test_base.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from simvue.models import Model

__all__ = ["ObjectBatchArgs", "Sort", "VisibilityBatchArgs", "sorting_parameter"]


@dataclass(kw_only=True)
class Sort(Model):
    """One column to sort a list by, descending unless said otherwise.

    Raises:
        ValueError: the list cannot be sorted by this column.
    """

    column: str
    descending: bool = True
    columns: ClassVar[tuple[str, ...]] = ()
    """The columns of the list; one that ends in ``.`` stands for all that begin so. None: any column."""

    def __post_init__(self) -> None:
        self.check_column(self.column)

    @classmethod
    def check_column(cls, column: str) -> str:
        """Return the column, if the list has it; raise ValueError if not."""
        found = (column.startswith(one) if one.endswith(".") else column == one for one in cls.columns)
        if cls.columns and not any(found):
            raise ValueError(f"a list cannot be sorted by {column!r}; columns are {', '.join(cls.columns)}")
        return column

    def to_params(self) -> dict[str, str | bool]:
        """Return the column in the server's words."""
        return {"id": self.column, "desc": self.descending}


def sorting_parameter(
    sorting: Sequence[Sort | Mapping[str, Any]] | None, kind: type[Sort]
) -> list[dict[str, str | bool]] | None:
    """Return the columns as a parameter of a question, the first one being the primary one.

    A column may also be a dictionary with `column` and `descending`.

    Raises:
        ValueError: such a list cannot be sorted by the column of a dictionary.
    """
    if not sorting:
        return None
    columns = [one if isinstance(one, Sort) else kind.model_validate(one) for one in sorting]
    return [column.to_params() for column in columns]


@dataclass(kw_only=True)
class VisibilityBatchArgs(Model):
    """Who may see the objects of a batch besides their owner: the tenant, these users, everybody."""

    tenant: bool | None = None
    user: list[str] | None = None
    public: bool | None = None


@dataclass(kw_only=True)
class ObjectBatchArgs(Model):
    """One object of a batch."""
