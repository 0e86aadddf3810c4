"""Artifacts over HTTP: announced, uploaded without a token to an unguessable URL, confirmed, attached.

Tests: tests/conformance/server/test_artifacts.py.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from simvue_conformance.server.answers import EMPTY, Answer, Problems, missing, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.endpoints.multipart import FormError, uploaded_file
from simvue_conformance.server.store.artifacts import (
    ARTIFACT_LISTING,
    artifact_by_secret,
    artifact_document,
    artifact_row,
    artifacts_of_runs,
    attach_artifact,
    categories_in,
    category_of,
    change_artifact,
    create_artifact,
    default_storage,
    delete_artifact,
    is_attached_to,
    mark_received,
)
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.runs import run_row
from simvue_conformance.server.validation import (
    Rule,
    boolean,
    choice,
    document,
    name,
    optional,
    read_body,
    read_members,
    text,
    whole,
)
from simvue_conformance.server.wire import query_list

__all__ = [
    "delete_one_artifact",
    "download",
    "get_artifact",
    "get_artifacts",
    "get_run_artifact",
    "get_run_artifacts",
    "post_artifact",
    "post_upload",
    "put_artifact",
    "put_run_artifact",
    "put_upload",
]

MISMATCH = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>BadDigest</Code>'
    b"<Message>The SHA256 you specified did not match the calculated checksum.</Message></Error>"
)
CHECKSUM = re.compile(r"[0-9a-f]{64}")


def _checksum(value: object) -> str:
    checked = text(value).lower()
    if not CHECKSUM.fullmatch(checked):
        raise ValueError("must be a SHA-256 in 64 hexadecimal digits")
    return checked


ARTIFACT_RULES: Mapping[str, Rule] = {
    "name": name,
    "original_path": text,
    "size": whole(),
    "mime_type": text,
    "checksum": _checksum,
    "metadata": optional(document),
}


def post_artifact(call: Call) -> Answer:
    """Announce an artifact and tell where its content is to be uploaded."""
    required = ["name", "original_path", "size", "mime_type", "checksum"]
    fields: dict[str, Any] = read_members(read_body(call.body), ARTIFACT_RULES, required=required)
    identifier, secret = call.settings.identifier(), call.settings.identifier() + call.settings.identifier()
    who: dict[str, Any] = {"user": call.caller.user, "now": call.now}
    fields["storage_id"] = default_storage(call.connection, identify=call.settings.identifier, **who)
    create_artifact(call.connection, fields, identifier=identifier, secret=secret, **who)
    answer = {"id": identifier, "url": f"{call.base}/storage/{secret}", "storage_id": fields["storage_id"]}
    if call.settings.form_uploads:
        digest = base64.b64encode(bytes.fromhex(fields["checksum"])).decode()
        answer["fields"] = {"key": identifier, "x-amz-checksum-sha256": digest}
    return ok(answer)


def _receive(call: Call, content: bytes) -> Answer:
    row = call.found("Upload", "secret", artifact_by_secret)
    if hashlib.sha256(content).hexdigest() != row["checksum"]:
        return Answer(status=400, body=MISMATCH, media_type="application/xml")
    # The content first: a row never claims bytes that a crash kept from being written.
    call.blobs.put(row["id"], content)
    mark_received(call.connection, row["id"])
    return Answer(status=200, body=b"", media_type="text/plain")


def put_upload(call: Call) -> Answer:
    """Take the content of an artifact from the raw body; again is allowed, other content is not."""
    return _receive(call, call.body)


def post_upload(call: Call) -> Answer:
    """Take the content of an artifact from the part `file` of a form."""
    try:
        content = uploaded_file(call.body, call.content_type)
    except FormError as error:
        raise Problems.refuse(["body"], str(error)) from error
    return _receive(call, content)


def download(call: Call) -> Answer:
    """Return the content of an artifact, always as plain bytes."""
    row = call.found("Upload", "secret", artifact_by_secret)
    content = call.blobs.get(row["id"])
    if content is None:
        raise missing("Content of artifact", row["id"])
    return Answer(status=200, body=content, media_type="application/octet-stream")


def get_artifacts(call: Call) -> Answer:
    """List artifacts, with `runs` those attached to them."""
    try:
        runs = query_list(call.query, "runs")
    except ValueError as error:
        raise Problems.refuse(["query", "runs"], str(error)) from error
    only = [] if runs is None else [is_attached_to(runs)]
    rows, total = find(call.connection, ARTIFACT_LISTING, call.page(), *only)
    documents = [artifact_document(row, call.base) for row in rows]
    if runs is not None:
        categories = categories_in(call.connection, runs)
        documents = [{**document, "category": categories[str(document["id"])]} for document in documents]
    return ok({"data": documents, "count": total})


def get_artifact(call: Call) -> Answer:
    """Return one artifact."""
    return ok(artifact_document(call.found("Artifact", "artifact", artifact_row), call.base))


def put_artifact(call: Call) -> Answer:
    """Change what is given; `uploaded` is believed only of content that arrived."""
    row = call.found("Artifact", "artifact", artifact_row)
    rules = {"name": name, "metadata": optional(document), "uploaded": boolean}
    changes = read_members(read_body(call.body), rules)
    if changes.get("uploaded") and not row["received"]:
        raise Problems.refuse(["body", "uploaded"], "no content was uploaded")
    change_artifact(call.connection, row["id"], changes)
    return ok({"id": row["id"]})


def delete_one_artifact(call: Call) -> Answer:
    """Delete an artifact and its content."""
    row = call.found("Artifact", "artifact", artifact_row)
    delete_artifact(call.connection, row["id"])
    call.afterwards.append(lambda: call.blobs.delete(row["id"]))
    return EMPTY


def get_run_artifacts(call: Call) -> Answer:
    """List the artifacts of a run as a bare list."""
    run = call.found("Run", "run", run_row)
    category, wanted = call.query.get("category") or None, call.query.get("name") or None
    rows: list[RowMapping] = artifacts_of_runs(call.connection, [run["id"]], category=category, name=wanted)
    return ok([artifact_document(row, call.base) for row in rows])


def get_run_artifact(call: Call) -> Answer:
    """Tell under which category an artifact is attached to a run."""
    run, artifact = call.found("Run", "run", run_row), call.found("Artifact", "artifact", artifact_row)
    category = category_of(call.connection, run["id"], artifact["id"])
    if category is None:
        raise missing("Artifact of run", artifact["id"])
    return ok({"category": category})


def put_run_artifact(call: Call) -> Answer:
    """Attach an artifact to a run."""
    run, artifact = call.found("Run", "run", run_row), call.found("Artifact", "artifact", artifact_row)
    rules = {"category": choice("input", "output", "code")}
    fields = read_members(read_body(call.body), rules, required=["category"])
    attach_artifact(call.connection, run["id"], artifact["id"], str(fields["category"]))
    return EMPTY
