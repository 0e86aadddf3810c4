"""Deleting runs and folders with everything that hangs on them.

Artifacts outlive the runs they were attached to only while another run has them.
Tests: tests/conformance/server/test_folders.py and test_runs.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from simvue_conformance.server.store.tables import (
    alert_states,
    artifacts,
    events,
    folders,
    points,
    run_artifacts,
    run_grids,
    runs,
    series,
    stars,
    tensors,
)

__all__ = ["Deleted", "FolderInUseError", "delete_folder", "delete_runs"]


class FolderInUseError(Exception):
    """The folder holds runs or folders that the request does not take with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What went: runs, folders, and artifacts whose content is to be removed after the transaction."""

    runs: list[str]
    folders: list[str]
    artifacts: list[str]


def delete_runs(connection: Connection, identifiers: Sequence[str]) -> list[str]:
    """Delete runs and their data; return the artifacts that went with them."""
    if not identifiers:
        return []
    of_runs = select(series.c.number).where(series.c.run.in_(identifiers))
    connection.execute(delete(points).where(points.c.series.in_(of_runs)))
    attached = set(
        connection.execute(select(run_artifacts.c.artifact).where(run_artifacts.c.run.in_(identifiers))).scalars()
    )
    for table in (series, events, tensors, run_grids, run_artifacts, alert_states):
        connection.execute(delete(table).where(table.c.run.in_(identifiers)))
    connection.execute(delete(stars).where(stars.c.object.in_(identifiers)))
    connection.execute(delete(runs).where(runs.c.id.in_(identifiers)))
    still = select(run_artifacts.c.artifact).where(run_artifacts.c.artifact.in_(attached))
    orphans = sorted(attached - set(connection.execute(still).scalars()))
    connection.execute(delete(artifacts).where(artifacts.c.id.in_(orphans)))
    return orphans


def delete_folder(
    connection: Connection, identifier: str, path: str, *, recursive: bool, with_runs: bool, runs_only: bool
) -> Deleted:
    """Delete a folder, or with `runs_only` just its runs; `recursive` takes the tree below along.

    Raises FolderInUseError when something would be left without its folder.
    """
    prefix = path.rstrip("/") + "/"
    below = list(
        connection.execute(
            select(folders.c.id, folders.c.path).where(folders.c.path.startswith(prefix, autoescape=True))
        )
    )
    below = [row for row in below if row.path != "/"]
    inside = runs.c.folder == path
    if recursive:
        inside = or_(inside, runs.c.folder.startswith(prefix, autoescape=True))
    held = list(connection.execute(select(runs.c.id).where(inside)).scalars())
    if runs_only:
        gone = held if with_runs else []
        return Deleted(runs=gone, folders=[], artifacts=delete_runs(connection, gone))
    if (held and not with_runs) or (below and not recursive):
        raise FolderInUseError(path)
    doomed = [identifier, *(row.id for row in below)]
    orphans = delete_runs(connection, held)
    connection.execute(delete(folders).where(folders.c.id.in_(doomed)))
    connection.execute(delete(stars).where(stars.c.object.in_(doomed)))
    return Deleted(runs=held, folders=doomed, artifacts=orphans)
