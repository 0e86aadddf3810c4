"""Tags are found, sorted and deleted."""

import pytest

from simvue.client import ArgumentError
from simvue.server.refusals import ObjectNotFoundError


@pytest.fixture(scope="module")
def tags(site):
    """Three tags that sort before all others."""
    return {name: site.send("POST", "/api/tags", {"name": name})["id"] for name in ("00-a", "00-b", "00-c")}


def test_tags_are_sorted_and_counted(client, tags):
    found = client.get_tags(count_limit=2, start_index=1, sort_by_columns=[("name", False)])

    assert [(identifier, tag.name) for identifier, tag in found] == [(tags[name], name) for name in ("00-b", "00-c")]


def test_a_tag_is_found_by_its_identifier(client, tags):
    assert client.get_tag(tags["00-a"]).name == "00-a"
    with pytest.raises(ObjectNotFoundError):
        client.get_tag("nobody")


def test_a_tag_is_deleted_once(client, site):
    tag = site.send("POST", "/api/tags", {"name": "tags-doomed"})["id"]

    assert client.delete_tag(tag) is None

    assert tag not in dict(client.get_tags())
    with pytest.raises(ObjectNotFoundError):
        client.delete_tag(tag)


def test_an_unknown_column_is_refused(client):
    with pytest.raises(ArgumentError, match="nonsense"):
        client.get_tags(sort_by_columns=[("nonsense", True)])
