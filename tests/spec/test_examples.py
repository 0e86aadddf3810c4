"""Every example of the prose is a record that its schema accepts."""

import json

import jsonschema
import pytest

from simvue_spec import kinds, schema
from tests.spec import checks

EXAMPLES = [(path, *example) for path, text in checks.prose().items() for example in checks.examples(text)]


@pytest.mark.parametrize(("path", "label", "content"), EXAMPLES, ids=[f"{path}-{label}" for path, label, _ in EXAMPLES])
def test_an_example_is_valid(path, label, content):
    for line in content.splitlines():
        record = json.loads(line)

        jsonschema.Draft7Validator(schema(record["kind"])).validate(record)

        assert label in (record["kind"], "record")
        assert line.startswith('{"kind":"')
        assert checks.checksum_fault(line) is None


def test_every_kind_has_an_example():
    assert {label for _, label, _ in EXAMPLES} >= set(kinds())


def test_a_wrong_example_is_refused():
    ((label, content),) = checks.examples('```json event\n{"kind":"event","at":"2026-03-01T09:00:01Z"}\n```\n')

    assert not jsonschema.Draft7Validator(schema(label)).is_valid(json.loads(content))


def test_a_wrong_checksum_of_an_example_is_noticed():
    found = checks.checksum_fault('{"kind":"event","crc":"00000000"}')

    assert found is not None
    assert found.endswith("not 00000000")
