"""Bytes of a log as lines of text, however the bytes were cut into pieces.

A line ends with LF, CR LF or CR (as progress bars have it), and is not taken before its end is there. Lines are
bounded, bytes that are not in the encoding are replaced, NULs are dropped. Pure. Waiting for bytes is left to
`simvue.follow.tail`. Tests: tests/follow/test_lines.py.
"""

from simvue.errors import ConfigurationError

__all__ = ["LONGEST_LINE", "Lines", "checked_encoding"]

LONGEST_LINE = 256 << 10
_UTF8_MARK = b"\xef\xbb\xbf"


def checked_encoding(name: str) -> str:
    """Return an encoding in which a line can be found before it is decoded; raises ConfigurationError."""
    try:
        if "\r\n a".encode(name) == b"\r\n a":
            return name
    except (LookupError, UnicodeError):
        pass
    raise ConfigurationError(f"encoding {name!r} cannot be followed; use utf-8, latin-1 or cp1252, or convert the log")


class Lines:
    """Cuts bytes into lines; holds back the one that has no end yet."""

    def __init__(self, encoding: str = "utf-8", longest: int = LONGEST_LINE) -> None:
        self._encoding, self._longest = encoding, longest
        self.cut = 0
        """How many lines were longer than the bound; the rest of them is lost."""
        self.restart()

    def restart(self) -> None:
        """Begin with the content of another file; what was held back is gone."""
        self._held = b""
        self._is_first, self._is_cutting, self._was_return = True, False, False

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that these bytes complete."""
        text = self.feed_text(data)
        return [] if text is None else text.split("\n")

    def feed_text(self, data: bytes) -> str | None:
        """Return the lines that these bytes complete, with LF between them; None if they complete none."""
        if self._was_return and data:
            self._was_return = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._was_return = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\0" in data:
            data = data.replace(b"\0", b"")
        complete, end, rest = data.rpartition(b"\n")
        if not end:
            self._hold(rest)
            return None
        text = self._decoded(complete)
        self._held, self._is_cutting = b"", False
        self._hold(rest)
        return text

    def finish(self) -> str | None:
        """Return the last line, which has no end and will get none; None if there is none."""
        text = self._decoded(b"") if self._held else ""
        self.restart()
        return text or None  # the mark of the encoding alone is no line

    def _hold(self, rest: bytes) -> None:
        if self._is_cutting:
            return
        self._held += rest
        if len(self._held) > self._longest:
            self._held = self._held[: self._longest]
            self._is_cutting = True
            self.cut += 1

    def _decoded(self, complete: bytes) -> str:
        if self._is_cutting:
            _, end, others = complete.partition(b"\n")
            complete = self._held + end + others
        else:
            complete = self._held + complete
        if len(complete) > self._longest:
            complete = self._bounded(complete)
        if self._is_first:
            self._is_first = False
            complete = complete.removeprefix(_UTF8_MARK)
        return complete.decode(self._encoding, "replace")

    def _bounded(self, complete: bytes) -> bytes:
        lines = complete.split(b"\n")
        self.cut += sum(len(line) > self._longest for line in lines)
        return b"\n".join(line[: self._longest] for line in lines)
