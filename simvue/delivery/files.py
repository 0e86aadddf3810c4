"""Find the file of an artifact, and say what it holds (DLV-045, DLV-046).

Where the login node mounts a filesystem elsewhere, paths are re-rooted by the sender's configuration. Sending the bytes
is left to the transport. Tests: tests/delivery/test_files.py.
"""

import hashlib

from simvue.core.steps import Facts, Inspect
from simvue.delivery.layout import Layout
from simvue.delivery.world import World

__all__ = ["NotReady", "inspect"]

_PIECE = 1024 * 1024


class NotReady(Exception):  # noqa: N818 - it may be later
    """The file is not there, not ours, or not what the record says."""


def _where(world: World, ask: Inspect, layout: Layout, roots: tuple[tuple[str, str], ...]) -> str:
    if ask.stored is not None:
        return _stored(world, ask.stored, layout)
    path = ask.path or ""
    if not path.startswith("/"):
        raise NotReady(f"the path {path!r} is relative and the journal's header has no cwd")
    for source, target in roots:
        root = source.rstrip("/")
        if path == root or path.startswith(f"{root}/"):
            return target.rstrip("/") + path[len(root) :]
    return path


def _stored(world: World, sha256: str, layout: Layout) -> str:
    """What was put aside for an online run moves up when the run has ended, and another may have it by then."""
    path = layout.stored(sha256)
    if layout.above is not None:
        try:
            world.size(path)
        except OSError:
            return layout.above.stored(sha256)
    return path


def inspect(world: World, ask: Inspect, layout: Layout, roots: tuple[tuple[str, str], ...]) -> Facts:
    """Return the file's path, size and SHA-256, read through one descriptor in pieces.

    Raises:
        NotReady: It cannot be sent as it is now.
    """
    path = _where(world, ask, layout, roots)
    digest, size = hashlib.sha256(), 0
    try:
        with world.open_artifact(path) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise NotReady(f"{path}: {error.strerror or error}") from error
    found = digest.hexdigest()
    if ask.size is not None and size != ask.size:
        raise NotReady(f"{path} has {size} bytes, the record says {ask.size}")
    if ask.sha256 is not None and found != ask.sha256:
        raise NotReady(f"{path} has changed since it was recorded: its SHA-256 is {found}")
    return {"path": path, "size": size, "sha256": found}
