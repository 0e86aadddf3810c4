"""What a log means: bytes in, what is to be recorded out. Pure, and the same however the bytes are cut.

Reading files is left to `simvue.follow.tail`, recording to `simvue.follow.recorder`.
Tests: tests/follow/test_parser.py.
"""

from simvue.follow.found import Event, Facts, Found, Place, Stop, Tally, Values
from simvue.follow.lines import LONGEST_LINE, Lines
from simvue.follow.literals import required_text
from simvue.follow.patterns import PLACES, ContextRule, EventRule, FactRule, Match, MetricRule
from simvue.follow.rules import Rules
from simvue.follow.selection import place_of

__all__ = ["Parser"]


class Parser:
    """Understands one log, piece by piece."""

    def __init__(self, rules: Rules, tally: Tally, longest_line: int = LONGEST_LINE) -> None:
        self._rules, self._tally = rules.patterns, tally
        self._lines = Lines(rules.encoding, longest_line)
        self._structure = rules.structure()
        self._searches = [rule.regex.search for rule in self._rules]
        texts = [required_text(rule.regex) for rule in self._rules]
        self._required = None if None in texts else sorted({text for text in texts if text is not None})
        self._cut = 0
        self._number = 0
        self._place = Place()

    def feed(self, data: bytes) -> list[Found]:
        """Return what the lines hold that these bytes complete."""
        self._tally.bytes += len(data)
        return self._found(self._lines.feed_text(data))

    def finish(self) -> list[Found]:
        """Return what the last line holds, which has no end."""
        found = self._found(self._lines.finish())
        if self._structure is not None:
            found += self._structure.finish(self._tally)
        return found

    def restart(self) -> list[Found]:
        """Begin with other content, in place of what was read; return what was left of that."""
        found = self.finish()
        self._number, self._place = 0, Place()
        self._tally.restarts += 1
        if self._structure is not None:
            self._structure.restart()
        return found

    def _found(self, text: str | None) -> list[Found]:
        self._tally.cut += self._lines.cut - self._cut
        self._cut = self._lines.cut
        if text is None:
            return []
        count = text.count("\n") + 1
        self._tally.lines += count
        first = self._number + 1
        self._number += count
        if self._structure is None and self._required is not None:
            return self._found_at_places(text, first, self._required)
        return self._found_by_line(text.split("\n"), first)

    def _found_by_line(self, lines: list[str], first: int) -> list[Found]:
        found: list[Found] = []
        structure, tally = self._structure, self._tally
        if not self._searches and structure is not None:
            for number, line in enumerate(lines, first):
                found += structure.read(line, number, tally)
            return found
        # A line without a hit costs no step of the interpreter for each pattern.
        rows = zip(*[map(search, lines) for search in self._searches], strict=True)
        for index, row in enumerate(rows):
            if structure is not None:
                found += structure.read(lines[index], first + index, tally)
            if any(row):
                found += self._taken(lines[index], first + index, row)
        return found

    def _found_at_places(self, text: str, first: int, required: list[str]) -> list[Found]:
        """Try the patterns on those lines only that hold one of the texts which they require."""
        ends: dict[int, int] = {}
        for wanted in required:
            place = text.find(wanted)
            while place >= 0:
                start = text.rfind("\n", 0, place) + 1
                end = text.find("\n", place)
                ends[start] = end = len(text) if end < 0 else end
                place = text.find(wanted, end)
        found: list[Found] = []
        number, before = first, 0
        for start in sorted(ends):
            number += text.count("\n", before, start)
            before = start
            line = text[start : ends[start]]
            row = tuple(search(line) for search in self._searches)
            if any(row):
                found += self._taken(line, number, row)
        return found

    def _taken(self, line: str, number: int, hits: tuple[Match | None, ...]) -> list[Found]:
        """Return what the patterns found in a line, values first."""
        values: list[Values] = []
        others: list[Found] = []
        for rule, match in zip(self._rules, hits, strict=True):
            if match is None:
                continue
            if isinstance(rule, MetricRule):
                self._add_values(rule, match, number, values)
            elif isinstance(rule, ContextRule):
                step, time, timestamp = (rule.read(match) if place == rule.place else None for place in PLACES)
                self._place = place_of(step, time, timestamp, self._place, number, self._tally)
            elif isinstance(rule, FactRule):
                others.append(Facts(number, rule.read(match)))
            elif isinstance(rule, EventRule):
                others.append(Event(number, rule.read(match), rule.level))
            else:
                others.append(Stop(number, line.strip(), rule.has_failed))
        return [*values, *others]

    def _add_values(self, rule: MetricRule, first: Match, number: int, found: list[Values]) -> None:
        """Add the values of every match in a line; those of one place go into one record."""
        match: Match | None = first
        while match is not None:
            values, texts = rule.read(match, number, self._tally)
            place = self._place
            if texts is not None:
                place = place_of(texts.step, texts.time, texts.timestamp, place, number, self._tally)
            same = next((one for one in found if one.place == place and not one.values.keys() & values), None)
            if same is not None:
                same.values.update(values)
            elif values:
                found.append(Values(number, values, place))
            at = max(match.end(), match.start() + 1)
            match = rule.regex.search(match.string, at) if at <= len(match.string) else None
