"""Storages over HTTP: remembered as told, never contacted.

Tests: tests/conformance/server/test_artifacts.py.
"""

from collections.abc import Mapping

from simvue_conformance.server.answers import EMPTY, Answer, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.artifacts import (
    change_storage,
    create_storage,
    default_storage,
    delete_storage,
    list_storages,
    storage_document,
    storage_row,
)
from simvue_conformance.server.validation import (
    Rule,
    boolean,
    choice,
    document,
    name,
    read_body,
    read_members,
)

__all__ = ["delete_one_storage", "get_storage", "get_storages", "post_storage", "put_storage"]

STORAGE_RULES: Mapping[str, Rule] = {
    "name": name,
    "backend": choice("S3", "File"),
    "is_default": boolean,
    "is_tenant_useable": boolean,
    "is_enabled": boolean,
    "config": document,
}


def post_storage(call: Call) -> Answer:
    """Create a storage."""
    fields = read_members(read_body(call.body), STORAGE_RULES, required=["name", "backend"])
    flags = {"is_default": False, "is_tenant_useable": False, "is_enabled": True}
    identifier = call.settings.identifier()
    create_storage(call.connection, {**flags, **fields}, identifier=identifier, user=call.caller.user, now=call.now)
    return ok({"id": identifier})


def get_storages(call: Call) -> Answer:
    """List storages as a bare list; there is always one."""
    default_storage(call.connection, identify=call.settings.identifier, user=call.caller.user, now=call.now)
    rows = list_storages(call.connection, count=call.integer("count"), start=call.integer("start") or 0)
    return ok([storage_document(row) for row in rows])


def get_storage(call: Call) -> Answer:
    """Return one storage."""
    return ok(storage_document(call.found("Storage", "storage", storage_row)))


def put_storage(call: Call) -> Answer:
    """Change what is given of a storage."""
    row = call.found("Storage", "storage", storage_row)
    change_storage(call.connection, row["id"], read_members(read_body(call.body), STORAGE_RULES))
    return ok({"id": row["id"]})


def delete_one_storage(call: Call) -> Answer:
    """Delete a storage."""
    delete_storage(call.connection, call.found("Storage", "storage", storage_row)["id"])
    return EMPTY
