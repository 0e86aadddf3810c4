"""Journals that are mostly right: made by a seeded generator, then damaged.

Every choice is asked of a `random.Random`, so that a seed names a journal and hypothesis can stand in for the seed
(`hypothesis.strategies.randoms`). Used by tests.campaigns.differential.
"""

import json
import zlib
from random import Random

from tests.campaigns import tokens as pool

__all__ = ["damaged", "made", "spliced"]


def made(choice: Random) -> bytes:
    """Make a journal of up to twelve records, most of them valid, and damage about every second one."""
    journal = b"".join(_Maker(choice).lines())
    return damaged(journal, choice) if choice.random() < 0.5 else journal


class _Maker:
    def __init__(self, choice: Random) -> None:
        self.choice = choice
        self.faults = choice.choice([0.0, 0.005, 0.03])  # how often a value is not what it should be
        self.is_numbered = choice.random() < 0.6
        self.has_checksum = choice.random() < 0.25
        self.number = 0
        self.count = 0

    def lines(self) -> list[bytes]:
        lines = [self._header()]
        for _ in range(self.choice.randrange(12)):
            kind = self.choice.choice(pool.FREQUENT if self.choice.random() < 0.6 else list(pool.KINDS))
            if self._now(0.01):
                lines.append(self._header())
            lines.append(self._record(kind))
        return lines

    def _now(self, probability: float) -> bool:
        return self.choice.random() < probability

    def _header(self) -> bytes:
        members = {"kind": '"header"'}
        if self.is_numbered:
            members["seq"] = self.choice.choice(["0", "0", "0.0", "-0"])
        members["at"] = self._at()
        members["format"] = '"simvue-journal"'
        members |= {name: self.choice.choice(tokens) for name, tokens in pool.HEADER.items()}
        if self.has_checksum:
            members["crc"] = '"crc32"'
        for name, tokens in pool.HEADER_OPTIONAL.items():
            if self._now(0.1):
                members[name] = self.choice.choice(tokens)
        if self._now(0.05):
            members[self.choice.choice(list(members))] = self.choice.choice(pool.BAD_HEADER)
        if self._now(0.02):
            members["version"] = '"2.0"'
        if self._now(0.02):
            del members[self.choice.choice(list(members))]
        return self._line(list(members.items()), checksum=False)

    def _at(self) -> str:
        times = pool.BAD_AT if self._now(self.faults) else pool.AT
        return json.dumps(self.choice.choice(times), ensure_ascii=False)

    def _record(self, kind: str) -> bytes:
        self.count += 1
        required, optional = pool.KINDS[kind]
        members = {"kind": json.dumps(kind) if not self._now(self.faults) else self.choice.choice(pool.BAD_KINDS)}
        if self.is_numbered or self._now(0.02):
            members["seq"] = self._seq()
        members["at"] = self._at()
        for name, tokens in required.items():
            members[name] = self._token(name, tokens)
        for name, tokens in optional.items():
            if self._now(0.5 if len(optional) < 5 else 0.25):
                members[name] = self._token(name, tokens)
        self._arrange(kind, members)
        pairs = list(members.items())
        if self._now(self.faults):
            del pairs[self.choice.randrange(len(pairs))]
        if self._now(0.03):
            pairs.append(self.choice.choice(pairs))
        if self._now(0.05):
            pairs.append(("extra", self.choice.choice(pool.OTHERS[: 20 if self._now(0.8) else None])))
        return self._line(pairs, checksum=self.has_checksum)

    def _arrange(self, kind: str, members: dict[str, str]) -> None:
        """Make most records of a kind fit together that free choice would mostly make invalid."""
        if kind == "tags" and self._now(0.4):
            members["set"] = members.pop("add") if self._now(0.9) else "[]"
        if kind in ("alert", "alert_state") and self._now(0.1):
            members["id"] = pool.NAME
            if self._now(0.8):
                del members["name"]
        if kind == "alert" and members.get("source") == '"metrics"' and self._now(0.9):
            members |= {"rule": self.choice.choice(pool.RULES), "threshold": "1", "range_low": "0"}
            members["range_high"] = self.choice.choice(["0.5", "2", "0", "-0.0"])
        if kind == "end" and self._now(0.7):
            members["records"] = str(self.count)
        if kind == "lost" and self.is_numbered and self._now(0.6):
            members |= {"first_seq": str(self.number - 2), "last_seq": str(self.number - 1)}
        if kind == "grid" and self._now(0.7):
            members |= {"labels": '["x"]', "ticks": "[[0,1,2.5]]"}

    def _seq(self) -> str:
        self.number += 1
        draw = self.choice.random()
        if draw < 0.9:
            return str(self.number)
        if draw < 0.94:
            self.number += 2
            return f"{self.number}.0"
        if draw < 0.96:
            self.number -= 1
            return str(self.number)
        return self.choice.choice(
            [
                "0",
                "-1",
                "1.5",
                '"1"',
                "true",
                "null",
                "9007199254740991",
                "9007199254740992",
                "1e3",
                f"{self.number}e0",
                "1e400",
            ]
        )

    def _token(self, name: str, tokens: list[str]) -> str:
        if self._now(self.faults):
            return self.choice.choice(
                self.choice.choice([pool.BAD_NUMBERS, pool.BAD_TEXTS, pool.OTHERS, pool.TEXTS, pool.NUMBERS])
            )
        return self._values() if name == "values" and not tokens else self.choice.choice(tokens)

    def _values(self) -> str:
        pairs = []
        for _ in range(self.choice.randrange(1, 4)):
            name = self.choice.choice(
                ['"a"', '"b"', '"a b"', '"é"', '"$"', '"\\u0062"', pool.NAME, '"%s"' % ("é" * 125)]
            )
            if self._now(self.faults):
                name = self.choice.choice(pool.BAD_TEXTS)
            bad = self._now(self.faults)
            pairs.append(f"{name}:{self.choice.choice(pool.BAD_NUMBERS if bad else pool.NUMBERS)}")
        return "{" + ",".join(dict.fromkeys(pairs)) + "}"

    def _line(self, pairs: list[tuple[str, str]], *, checksum: bool) -> bytes:
        comma, colon = self.choice.choice([(",", ":")] * 9 + [(" ,", ":\t"), (", ", ": ")])
        if self._now(0.02):
            self.choice.shuffle(pairs)
        text = "{" + comma.join(f'"{name}"{colon}{token}' for name, token in pairs) + "}"
        body = text.encode("utf-8", "surrogatepass")
        if checksum and not self._now(0.03):
            body = body[:-1]
            body += b',"crc":"%08x"}' % zlib.crc32(body)
        before = self.choice.choice([b""] * 30 + [b" ", b"\t", b"\n", b"\r\n", b" \n"])
        after = self.choice.choice([b""] * 30 + [b" ", b"\r", b"\t\r", b"\n"])
        return before + body + after + b"\n"


def damaged(journal: bytes, choice: Random) -> bytes:
    """Do one to three things to a journal that happen to files, or that only an enemy does."""
    for _ in range(choice.randrange(1, 4)):
        journal = _damage(journal, choice)
    return journal


def _damage(journal: bytes, choice: Random) -> bytes:
    lines = journal.splitlines(keepends=True) if choice.random() < 0.1 else _lines(journal)
    place = choice.randrange(len(journal) + 1)
    match choice.randrange(9):
        case 0:
            return journal[:place]
        case 1 if journal:
            place = min(place, len(journal) - 1)
            return journal[:place] + bytes([journal[place] ^ 1 << choice.randrange(8)]) + journal[place + 1 :]
        case 2:
            return journal[:place] + choice.choice(pool.INSERTED) + journal[place:]
        case 3:
            return journal[:place] + journal[place + choice.randrange(1, 40) :]
        case 4 if lines:
            lines.insert(choice.randrange(len(lines) + 1), choice.choice(lines))
        case 5 if lines:
            del lines[choice.randrange(len(lines))]
        case 6 if lines:
            first, second = choice.randrange(len(lines)), choice.randrange(len(lines))
            lines[first], lines[second] = lines[second], lines[first]
        case 7 if lines:
            number = choice.randrange(len(lines))
            lines[number] = lines[number].rstrip(b"\n")
        case _:
            return journal.rstrip(b"\n")
    return b"".join(lines)


def _lines(journal: bytes) -> list[bytes]:
    *whole, tail = journal.split(b"\n")
    return [line + b"\n" for line in whole] + ([tail] if tail else [])


def spliced(journals: list[bytes], choice: Random) -> bytes:
    """Join or splice two journals, at any byte or at the end of a line, and damage about every second result."""
    first, second = choice.choice(journals), choice.choice(journals)
    match choice.randrange(4):
        case 0:
            result = first + second
        case 1:
            result = first[: choice.randrange(len(first) + 1)] + second[choice.randrange(len(second) + 1) :]
        case 2:
            heads, tails = _lines(first), _lines(second)
            result = b"".join(heads[: choice.randrange(len(heads) + 1)] + tails[choice.randrange(len(tails) + 1) :])
        case _:
            # The same header, so that records of the second are read on: the rest of the second follows the first.
            result = first + b"".join(_lines(second)[1:])
    return damaged(result, choice) if choice.random() < 0.5 else result
