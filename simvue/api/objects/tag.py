"""Tags on the server. Tests: ``tests/api/test_tag.py``."""

from datetime import datetime
from typing import Any, Self

from simvue.api.objects.arguments import Sort
from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.colour import Colour
from simvue.api.objects.fields import Field, moment, shaped, text_or_none

__all__ = ["Tag", "TagSort"]


class TagSort(Sort):
    """A column to sort tags by."""

    columns = ("name", "created")


class Tag(SimvueObject):
    """A tag on the server: a word that runs and folders bear, with a colour and a description."""

    _label = "tag"
    _path = "tags"
    _sorting = TagSort

    name = Field[str](encode=shaped(r"^[\w\-\s\.]+$", "a tag"))
    colour = Field[str](decode=Colour, encode=Colour.checked)
    """A colour of CSS, such as ``#ff0000`` or ``red``; see `simvue.api.objects.colour` for its parts."""
    description = Field[str | None](encode=text_or_none)
    created = Field[datetime | None](decode=moment)

    @classmethod
    def new(
        cls,
        *,
        name: str,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new tag; where there is one of this name already, `commit` finds it."""
        return cls._new(server_url, server_token, offline=offline, name=name, **members)
