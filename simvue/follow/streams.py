"""All the logs that are followed, and what is found in them: files, patterns of paths, outputs of programs.

Reading is left to `simvue.follow.tail`, the meaning to `simvue.follow.parser`.
Tests: tests/follow/test_streams.py.
"""

import glob
import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import PurePath
from typing import TypeAlias

from simvue.follow.found import Found, Tally
from simvue.follow.parser import Parser
from simvue.follow.rules import Rules
from simvue.follow.tail import FileTail, PipeTail, Restart

__all__ = ["Streams", "Take"]

Take: TypeAlias = Callable[[list[Found], str, str], None]
_ROUND = 64  # pieces of one log before the others have their turn
_MOST_FILES = 10_000


class _Stream:
    """A log, and what is understood of it so far."""

    def __init__(self, tail: FileTail | PipeTail, rules: Rules, tally: Tally) -> None:
        self.tail, self.parser = tail, Parser(rules, tally)
        self.prefix = rules.prefix.replace("{file}", PurePath(tail.path).stem)


class Streams:
    """The logs that paths and patterns of paths stand for, and what is found in them.

    Args:
        rules: What to look for.
        logs: Paths; `*`, `?` and `[` stand for files that may come later, unless a file has just that name.
        pipes: Outputs of programs, followed besides.
        from_end: Skip what the files hold now.
    """

    def __init__(
        self, rules: Rules, logs: Iterable[str], pipes: Iterable[PipeTail] = (), *, from_end: bool = False
    ) -> None:
        self.tally = Tally()
        self._rules = rules
        self._streams: list[_Stream] = [_Stream(pipe, rules, self.tally) for pipe in pipes]
        self._paths: set[str] = set()
        self._patterns: list[str] = []
        for log in logs:
            if glob.has_magic(log) and not os.path.lexists(log):
                self._patterns.append(log)
            else:
                self._add(log, from_end=from_end)
        self._look(from_end=from_end)

    @property
    def are_over(self) -> bool:
        """Whether nothing more can come: all are pipes that are at their end."""
        return not self._patterns and all(
            isinstance(stream.tail, PipeTail) and stream.tail.is_over for stream in self._streams
        )

    def read(self, take: Take, *, final: bool = False, is_live: bool = False) -> int:
        """Read what is there now; `take` is told what is found, a prefix for names, and the log.

        Args:
            take: Called for each piece in which something is found.
            final: This is the last time: lines count even without an end.
            is_live: Somebody may still write, so reading has to end although there is more.

        Returns:
            How many bytes were read.
        """
        before = self.tally.bytes
        self._look()
        for stream in list(self._streams):
            self._read(stream, take, final=final, is_bounded=is_live or not final)
            if final:
                take(stream.parser.finish(), stream.prefix, stream.tail.path)
            if stream.tail.problem is not None:
                self.tally.problem(f"{stream.tail.path}: {stream.tail.problem}")
        return self.tally.bytes - before

    def close(self) -> None:
        """Close the files; pipes are left to those who opened them."""
        for stream in self._streams:
            if isinstance(stream.tail, FileTail):
                if not stream.tail.was_there and stream.tail.problem is None:
                    self.tally.problem(f"{stream.tail.path}: there never was such a file")
                stream.tail.close()
        for pattern in self._patterns:
            if not any(fnmatch(path, pattern) for path in self._paths):
                self.tally.problem(f"{pattern}: there never was such a file")

    def _read(self, stream: _Stream, take: Take, *, final: bool, is_bounded: bool) -> None:
        pieces = 0
        while (pieces < _ROUND or not is_bounded) and (data := stream.tail.read(final=final)) is not None:
            pieces += 1
            found = stream.parser.restart() if isinstance(data, Restart) else stream.parser.feed(data)
            if found:
                take(found, stream.prefix, stream.tail.path)

    def _look(self, *, from_end: bool = False) -> None:
        """Find the files that match by now, but for those that are only other names of a log that is followed."""
        for pattern in self._patterns:
            for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - paths as the user writes them
                if path in self._paths:
                    continue
                if self._is_renamed(path):
                    self._paths.add(path)
                else:
                    self._add(path, from_end=from_end)

    def _is_renamed(self, path: str) -> bool:
        try:
            status = os.stat(path)  # noqa: PTH116 - a string is at hand
        except OSError:
            return False  # gone again, or it cannot be reached; reading it will tell
        return (status.st_dev, status.st_ino) in {stream.tail.identity for stream in self._streams}

    def _add(self, path: str, *, from_end: bool) -> None:
        if path in self._paths:
            return
        if len(self._paths) >= _MOST_FILES:
            self.tally.problem(f"more than {_MOST_FILES} logs match; the rest is not followed")
            return
        self._paths.add(path)
        self._streams.append(_Stream(FileTail(path, from_end=from_end), self._rules, self.tally))
        self.tally.files += 1
