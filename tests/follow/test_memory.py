"""Following needs no more memory for a large log than for a small one."""

from pathlib import Path

from tests.follow.measure import block, filled_pipe, peak


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    part = block(10_000, 1000)

    small = peak(tmp_path, str(filled_pipe(tmp_path, "small", 1, part)))
    large = peak(tmp_path, str(filled_pipe(tmp_path, "large", 64, part)))

    print(f"peak memory, 64 MiB to 1 MiB: {large / small:.3f}")
    assert large / small <= 1.2


def test_memory_does_not_grow_with_a_line_that_never_ends(tmp_path: Path) -> None:
    part = b"x" * (1 << 20)
    for name, size in (("small", 1), ("large", 32)):
        with (tmp_path / name).open("wb") as log:
            for _ in range(size):
                log.write(part)
            log.write(b"\nResidual: 1\nEND\n")

    small = peak(tmp_path, str(tmp_path / "small"))
    large = peak(tmp_path, str(tmp_path / "large"))

    print(f"peak memory, a line of 32 MiB to one of 1 MiB: {large / small:.3f}")
    assert large / small <= 1.2
