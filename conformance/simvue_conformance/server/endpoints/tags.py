"""Tags over HTTP. Tests: tests/conformance/server/test_tags.py."""

from collections.abc import Mapping

from simvue_conformance.server.answers import EMPTY, Answer, existing, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.tags import (
    TAG_LISTING,
    change_tag,
    create_tag,
    delete_tag,
    tag_document,
    tag_named,
    tag_row,
)
from simvue_conformance.server.validation import Rule, label, optional, read_body, read_members, text

__all__ = ["delete_one_tag", "get_tag", "get_tags", "post_tag", "put_tag"]


def _colour(value: object) -> object:
    colour = text(value)
    if not colour:
        raise ValueError("must be a CSS colour")
    return colour


TAG_RULES: Mapping[str, Rule] = {"name": label, "colour": _colour, "description": optional(text)}


def post_tag(call: Call) -> Answer:
    """Create a tag; one of that name is named in a 409."""
    fields = read_members(read_body(call.body), TAG_RULES, required=["name"])
    found = tag_named(call.connection, str(fields["name"]))
    if found is not None:
        return existing("Tag", found)
    identifier = call.settings.identifier()
    create_tag(call.connection, fields, identifier=identifier, user=call.caller.user, now=call.now)
    return ok({"id": identifier})


def get_tags(call: Call) -> Answer:
    """List tags."""
    rows, total = find(call.connection, TAG_LISTING, call.page())
    return ok({"data": [tag_document(row) for row in rows], "count": total})


def get_tag(call: Call) -> Answer:
    """Return one tag."""
    return ok(tag_document(call.found("Tag", "tag", tag_row)))


def put_tag(call: Call) -> Answer:
    """Change what is given of a tag; a name that is taken is answered with a 409."""
    row = call.found("Tag", "tag", tag_row)
    changes = read_members(read_body(call.body), TAG_RULES)
    taken = tag_named(call.connection, str(changes["name"])) if "name" in changes else None
    if taken not in {None, row["id"]}:
        return existing("Tag", str(taken))
    change_tag(call.connection, row["id"], changes)
    return ok({"id": row["id"]})


def delete_one_tag(call: Call) -> Answer:
    """Delete a tag and take it off all runs."""
    delete_tag(call.connection, call.found("Tag", "tag", tag_row))
    return EMPTY
