"""The files that scenarios read, as WRITER-CLI.md has them. Tests: tests/conformance/online/test_online.py."""

import random
from pathlib import Path

__all__ = ["provide"]

TEXTS = 20
NUMBERS = 200
ALPHABET = ("a", " ", '"', "\\", "\n", "\t", "\x01", "\x7f", "é", "€", "\u2028", "𝄞")
NO_TEXT = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"ok \xfe ok")


def provide(directory: Path, seed: int) -> None:
    """Write the files into a cache."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    texts = directory / "text"
    texts.mkdir(parents=True)
    for number in range(TEXTS):
        length = 0 if number == 0 else chance.randrange(1, 3000)
        content = "".join(chance.choices(ALPHABET, k=length)).encode()
        if number % 4 == 3:
            content += chance.choice(NO_TEXT)
        (texts / f"{number:02}").write_bytes(content)
    numbers = [f"{chance.uniform(-10, 10):.17g}e{chance.randrange(-300, 300)}" for _ in range(NUMBERS)]
    (directory / "numbers.txt").write_text("".join(f"{number}\n" for number in numbers))
    (directory / "input.txt").write_bytes(chance.randbytes(20_000))
