"""Colours of tags: texts of CSS that know their parts. Tests: ``tests/api/test_tag.py``."""

import re
from typing import Self

__all__ = ["Colour"]

_NAMES = {
    "black": 0x000000,
    "silver": 0xC0C0C0,
    "gray": 0x808080,
    "grey": 0x808080,
    "white": 0xFFFFFF,
    "maroon": 0x800000,
    "red": 0xFF0000,
    "purple": 0x800080,
    "fuchsia": 0xFF00FF,
    "magenta": 0xFF00FF,
    "green": 0x008000,
    "lime": 0x00FF00,
    "olive": 0x808000,
    "yellow": 0xFFFF00,
    "navy": 0x000080,
    "blue": 0x0000FF,
    "teal": 0x008080,
    "aqua": 0x00FFFF,
    "cyan": 0x00FFFF,
    "orange": 0xFFA500,
}
_FORMS = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]+|(?:rgba?|hsla?)\([0-9a-z.,%/\s-]+\)", re.IGNORECASE
)
_DECIMAL = re.compile(r"rgba?\(\s*(\d+)\s*[,\s]\s*(\d+)\s*[,\s]\s*(\d+)")


class Colour(str):
    """A colour as CSS writes it; `r`, `g` and `b` are its parts, from 0 to 1."""

    __slots__ = ()

    @classmethod
    def checked(cls, text: object) -> Self:
        """Return a colour of this text.

        Raises:
            ValueError: no colour is written like this.
        """
        if _FORMS.fullmatch(str(text).strip()) is None:
            raise ValueError(f"{text!r} is no colour: write it like #ff0000, red or rgb(255, 0, 0)")
        return cls(str(text).strip())

    @property
    def r(self) -> float:
        """The part of red."""
        return self._parts()[0]

    @property
    def g(self) -> float:
        """The part of green."""
        return self._parts()[1]

    @property
    def b(self) -> float:
        """The part of blue."""
        return self._parts()[2]

    def _parts(self) -> list[float]:
        text = self.lower().strip()
        if text.startswith("#"):
            width = 1 if len(text) < 6 else 2
            digits = [text[start : start + width] for start in range(1, 1 + 3 * width, width)]
            return [int(one * (3 - width), 16) / 255 for one in digits]
        if text in _NAMES:
            return [(_NAMES[text] >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
        found = _DECIMAL.match(text)
        if found is None:
            raise AttributeError(f"the parts of the colour {text!r} are not known")
        return [min(int(one), 255) / 255 for one in found.groups()]
