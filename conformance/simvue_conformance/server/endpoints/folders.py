"""Folders over HTTP. Tests: tests/conformance/server/test_folders.py."""

from collections.abc import Mapping
from functools import partial

from simvue_conformance.server.answers import EMPTY, Answer, RefusalError, existing, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.endpoints.runs import RUN_RULES
from simvue_conformance.server.store.deletion import FolderInUseError, delete_folder
from simvue_conformance.server.store.folders import (
    FOLDER_LISTING,
    change_folder,
    ensure_folder,
    folder_at,
    folder_document,
    folder_row,
)
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.runs import set_star
from simvue_conformance.server.validation import (
    Rule,
    boolean,
    document,
    folder_path,
    optional,
    read_body,
    read_members,
    text,
)
from simvue_conformance.server.wire import is_true

__all__ = [
    "delete_one_folder",
    "get_folder",
    "get_folders",
    "post_folder",
    "put_folder",
    "put_folder_starred",
]

FOLDER_RULES: Mapping[str, Rule] = {
    "path": folder_path,
    "name": optional(text),
    "description": optional(text),
    "metadata": document,
    "tags": RUN_RULES["tags"],
    "ttl": RUN_RULES["ttl"],
    "visibility": RUN_RULES["visibility"],
}


def _ensure(call: Call, path: str, fields: Mapping[str, object] | None = None) -> str:
    identify = call.settings.identifier
    return ensure_folder(call.connection, path, fields, identify=identify, user=call.caller.user, now=call.now)


def post_folder(call: Call) -> Answer:
    """Create a folder with its ancestors; one that is there is named in a 409 and not changed."""
    fields = read_members(read_body(call.body), FOLDER_RULES, required=["path"])
    path = str(fields.pop("path"))
    if path == "/":
        return existing("Folder", _ensure(call, path))
    found = folder_at(call.connection, path)
    if found is not None:
        return existing("Folder", found)
    return ok({"id": _ensure(call, path, fields)})


def get_folders(call: Call) -> Answer:
    """List folders; the root is always among them."""
    _ensure(call, "/")
    rows, total = find(call.connection, FOLDER_LISTING, call.page())
    data = [folder_document(call.connection, row, user=call.caller.user) for row in rows]
    return ok({"data": data, "count": total})


def get_folder(call: Call) -> Answer:
    """Return one folder."""
    row = call.found("Folder", "folder", folder_row)
    return ok(folder_document(call.connection, row, user=call.caller.user))


def put_folder(call: Call) -> Answer:
    """Change what is given of a folder."""
    row = call.found("Folder", "folder", folder_row)
    changes = read_members(read_body(call.body), FOLDER_RULES)
    change_folder(call.connection, row["id"], changes, call.now)
    return ok({"id": row["id"]})


def delete_one_folder(call: Call) -> Answer:
    """Delete a folder as `recursive`, `runs` and `runs_only` say; the root stays."""
    row = call.found("Folder", "folder", folder_row)
    flags = {name: is_true(call.query, name) for name in ("recursive", "runs", "runs_only")}
    if row["path"] == "/" and not flags["runs_only"]:
        raise RefusalError(400, {"detail": "The root folder cannot be deleted"})
    try:
        gone = delete_folder(
            call.connection,
            row["id"],
            row["path"],
            recursive=flags["recursive"],
            with_runs=flags["runs"],
            runs_only=flags["runs_only"],
        )
    except FolderInUseError as error:
        raise RefusalError(400, {"detail": "Folder is in use: delete with recursive and runs"}) from error
    call.afterwards.extend(partial(call.blobs.delete, artifact) for artifact in gone.artifacts)
    return ok({"folders": gone.folders, "runs": gone.runs})


def put_folder_starred(call: Call) -> Answer:
    """Add the folder to the caller's favourites, or take it out."""
    row = call.found("Folder", "folder", folder_row)
    fields = read_members(read_body(call.body), {"starred": boolean}, required=["starred"])
    set_star(call.connection, row["id"], user=call.caller.user, starred=bool(fields["starred"]))
    return EMPTY
