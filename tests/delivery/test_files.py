"""The file of an artifact: found, read once, and exactly what the record says."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simvue.core.steps import Inspect
from simvue.delivery.files import NotReady, inspect
from simvue.delivery.layout import Layout
from simvue.delivery.os_world import OsWorld


def look(path: object, *, size: int | None = None, sha256: str | None = None, cache: Path = Path("/none")) -> object:
    ask = Inspect("file", str(path), None, size, sha256)
    return inspect(OsWorld(), ask, Layout(str(cache)), ())


@pytest.mark.parametrize("content", [b"", b"field", b"x" * 3_000_000], ids=["empty", "small", "many pieces"])
def test_size_and_hash_are_those_of_the_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ünï\ncode.dat"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()

    found = look(path, size=len(content), sha256=digest)

    assert found == {"path": str(path), "size": len(content), "sha256": digest}


@pytest.mark.requirement("DLV-046")
def test_a_file_of_another_size_or_content_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "field.dat"
    path.write_bytes(b"field")

    with pytest.raises(NotReady, match="has 5 bytes, the record says 6"):
        look(path, size=6)
    with pytest.raises(NotReady, match="changed since it was recorded"):
        look(path, sha256="0" * 64)


def link(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(b"secret")
    path.symlink_to(target)


def hard_link(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(b"secret")
    path.hardlink_to(target)


@pytest.mark.requirement("DLV-045")
@pytest.mark.parametrize(
    "make", [lambda _: None, link, hard_link, os.mkfifo, os.mkdir], ids=["missing", "link", "hard link", "pipe", "dir"]
)
def test_what_is_no_plain_file_of_ours_is_not_ready(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "field.dat"
    make(path)

    with pytest.raises(NotReady):
        look(path)


def test_a_relative_path_without_a_directory_to_start_from_is_not_ready() -> None:
    with pytest.raises(NotReady, match="no cwd"):
        look("field.dat")


def test_paths_are_rerooted_where_the_login_node_mounts_them_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "field.dat").write_bytes(b"field")
    roots = (("/scratch/other", "/nowhere"), ("/scratch/me/", str(tmp_path)))
    ask = Inspect("file", "/scratch/me/run/field.dat", None, None, None)

    found = inspect(OsWorld(), ask, Layout("/none"), roots)

    assert found["path"] == str(tmp_path / "run" / "field.dat")
    with pytest.raises(NotReady, match="/scratch/meadow"):
        inspect(OsWorld(), Inspect("file", "/scratch/meadow", None, None, None), Layout("/none"), roots)


def test_content_that_a_writer_put_aside_lies_in_the_cache(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"object").hexdigest()
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / digest).write_bytes(b"object")
    ask = Inspect("file", None, digest, None, digest)

    found = inspect(OsWorld(), ask, Layout(str(tmp_path)), ())

    assert found["size"] == 6
