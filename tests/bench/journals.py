"""Ordinary journals of any size, for measurements."""

from collections.abc import Iterator
from pathlib import Path

__all__ = ["metrics_lines", "write_journal"]

_HEADER = (
    '{"kind":"header","seq":0,"at":"2026-03-01T09:00:00.000000Z","format":"simvue-journal","version":"1.0",'
    '"journal":"%s","run":"%s","writer":{"name":"bench"}}\n{"kind":"run","seq":1,"at":"2026-03-01T09:00:00.000001Z"}\n'
)


def metrics_lines(count: int, first: int = 2) -> Iterator[str]:
    """Yield `metrics` records of three values, as a solver writes them."""
    for number in range(count):
        second, micro = divmod(number, 1000)
        clock = f"{9 + second // 3600 % 14:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        at = f"2026-03-01T{clock}.{micro * 1000 + 999:06d}Z"
        yield (
            f'{{"kind":"metrics","seq":{number + first},"at":"{at}","values":{{"residual":{1 / (number + 1)!r},'
            f'"energy":{number * 0.37!r},"cfl":{number * 1e-5!r}}},"step":{number},"time":{number * 0.01!r}}}\n'
        )


def write_journal(path: Path, journal: str, run: str, count: int) -> None:
    """Write a whole journal of `count` metrics records."""
    with path.open("w") as file:
        file.write(_HEADER % (journal, run))
        file.writelines(metrics_lines(count))
        last = count + 2
        file.write(f'{{"kind":"end","seq":{last},"at":"2026-03-01T23:59:59Z","status":"completed","records":{last}}}\n')
