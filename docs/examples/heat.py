"""Heat in a square plate, solved by two processes that share one run. A complete example; copy from it.

The left edge is hot, the others are cold. Each process, a *rank*, computes one half of the plate and gives the other
its boundary row in every step, as ranks of an MPI program would. Both record into the same run, because they
have the same run key; no network and no server is needed while it runs.

    python heat.py                                   # writes journals into ~/.simvue
    python heat.py --size 256 --limit 60 --run-key plate-7

The finite differences are plain Python, so that the example needs nothing but simvue. Tests: tests/demo/test_demo.py.
"""

import argparse
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from operator import sub
from pathlib import Path

from simvue import Run

Row = list[float]

HOT, COLD = 100.0, 0.0
COURANT = 0.24  # diffusivity x time step / cell width squared; stable up to 0.25
NAMES = ("upper", "lower")


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be computed. `limit` is in seconds, as the time limit of a batch job."""

    size: int
    steps: int
    limit: float
    tolerance: float
    run_key: str
    output: Path


class Half:
    """One half of the plate: its rows, between the cold edge and the row that belongs to the other rank."""

    def __init__(self, rank: int, size: int) -> None:
        self.rows = [[HOT] + [COLD] * (size - 1) for _ in range(size // 2)]
        self._edge = list(self.rows[0])
        self._is_upper = rank == 0

    @property
    def shared(self) -> Row:
        """The row next to the other half."""
        return self.rows[-1] if self._is_upper else self.rows[0]

    @property
    def hottest(self) -> float:
        """The greatest temperature of this half, away from the hot edge."""
        return max(max(row[1:]) for row in self.rows)

    @property
    def mean(self) -> float:
        """The mean temperature of this half."""
        return sum(map(sum, self.rows)) / (len(self.rows) * len(self.rows[0]))

    def advance(self, neighbour: Row) -> float:
        """Make one explicit step beside the other half's shared row; return the greatest change of any temperature."""
        above, below = (self._edge, neighbour) if self._is_upper else (neighbour, self._edge)
        old, padded = self.rows, [above, *self.rows, below]
        self.rows = [_relaxed(*padded[place : place + 3]) for place in range(len(old))]
        change: float = max(max(map(abs, map(sub, new, before))) for new, before in zip(self.rows, old, strict=True))
        return change


def _relaxed(above: Row, row: Row, below: Row) -> Row:
    inner = [
        centre + COURANT * (north + south + west + east - 4.0 * centre)
        for north, south, west, east, centre in zip(above[1:-1], below[1:-1], row, row[2:], row[1:-1], strict=False)
    ]
    return [row[0], *inner, row[-1]]


def simulate(rank: int, other: Connection, case: Case) -> None:
    """Compute one half of the plate, and record it."""
    half = Half(rank, case.size)
    with Run(mode="offline", run_key=case.run_key, rank=rank) as run:
        run.init(
            "heat in a plate",
            folder="/examples",
            tags=["heat", "two ranks"],
            description="Explicit finite differences on a square plate, one half to a rank.",
            metadata={"plate": {"size": case.size, "hot": HOT, "cold": COLD}, "courant": COURANT},
        )
        run.log_event(f"rank {rank} computes the {NAMES[rank]} half")
        solve(half, run, rank, other, case)
        if rank == 0:
            picture = case.output / "plate.pgm"
            write_picture(picture, half.rows + other.recv())
            run.save_file(picture, category="output", metadata={"shows": "temperature; white is hot"})
        else:
            other.send(half.rows)
        run.log_event(f"rank {rank} is done")


def solve(half: Half, run: Run, rank: int, other: Connection, case: Case) -> None:
    """Step until nothing changes, or the time is up; both ranks see the same numbers and end at the same step."""
    began = time.monotonic()
    for step in range(case.steps):
        is_late = time.monotonic() - began > case.limit
        other.send((half.shared, is_late))
        neighbour, other_is_late = other.recv()
        change = half.advance(neighbour)
        other.send((change, half.mean))
        other_change, other_mean = other.recv()
        residual = max(change, other_change)

        run.log_metrics({f"{NAMES[rank]}.mean": half.mean, f"{NAMES[rank]}.hottest": half.hottest}, step=step)
        if rank == 0:  # speaks for the whole plate
            run.log_metrics(
                {"residual": residual, "mean": (half.mean + other_mean) / 2, "centre": half.shared[case.size // 2]},
                step=step,
            )
            if step % 250 == 0:
                run.log_event(f"step {step}: residual {residual:.3g}")
            if residual < case.tolerance:
                run.log_event(f"converged after {step + 1} steps")
        if residual < case.tolerance or is_late or other_is_late:
            break
    run.update_metadata({"result": {NAMES[rank]: {"mean": half.mean, "hottest": half.hottest}}})


def write_picture(path: Path, rows: list[Row]) -> None:
    """Write temperatures as a portable graymap, which every image viewer shows."""
    head = f"P5 {len(rows[0])} {len(rows)} 255\n".encode()
    path.write_bytes(head + bytes(round(255 * value / HOT) for row in rows for value in row))


def main() -> None:
    """Start both ranks and wait for them."""
    parser = argparse.ArgumentParser(description="Heat in a square plate, recorded offline by two processes.")
    parser.add_argument("--size", type=int, default=128, help="cells on a side, an even number (128)")
    parser.add_argument("--steps", type=int, default=20_000, help="end after so many steps (20000)")
    parser.add_argument("--limit", type=float, default=10.0, help="end after so many seconds (10)")
    parser.add_argument("--tolerance", type=float, default=1e-6, help="end when no cell changes more (1e-6)")
    parser.add_argument("--run-key", default=f"heat-{time.time_ns():x}", help="the name that both journals share")
    parser.add_argument("--output", type=Path, default=Path.cwd(), help="where plate.pgm goes (here)")
    case = Case(**vars(parser.parse_args()))

    processes = multiprocessing.get_context("spawn")
    ends = processes.Pipe()
    ranks = [processes.Process(target=simulate, args=(rank, ends[rank], case)) for rank in (0, 1)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join()
    if any(rank.exitcode for rank in ranks):
        raise SystemExit("a rank failed; its journal says more")


if __name__ == "__main__":
    main()
