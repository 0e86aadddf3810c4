"""Checksums over raw bytes."""

import json
import zlib

import pytest

from simvue.core.framing import checksum_problem, seal

BODY = b'{"kind":"event","seq":1,"at":"2026-03-01T09:00:01Z","message":"m"'


@pytest.mark.requirement("FRM-030", "FRM-031")
def test_a_sealed_record_is_json_and_right() -> None:
    sealed = seal(BODY)

    assert json.loads(sealed)["crc"] == f"{zlib.crc32(BODY):08x}"
    assert checksum_problem(sealed) is None


@pytest.mark.parametrize(
    ("record", "requirement"),
    [
        (BODY + b"}", "FRM-030"),
        (BODY + b',"crc":"ABCDEF01"}', "FRM-030"),
        (BODY + b',"crc": "00000000"}', "FRM-030"),
        (BODY + b',"crc":"00000000","x":1}', "FRM-030"),
        (BODY + b',"crc":"00000000"}', "FRM-031"),
        (seal(BODY).replace(b'"m"', b'"n"'), "FRM-031"),
        (seal(BODY).replace(b",", b", ", 1), "FRM-031"),
    ],
    ids=["missing", "upper case", "with a blank", "not last", "wrong", "byte changed", "reformatted"],
)
@pytest.mark.requirement("FRM-030", "FRM-031", "FRM-034")
def test_a_checksum_that_is_not_right_is_told_by_requirement(record: bytes, requirement: str) -> None:
    problem = checksum_problem(record)

    assert problem is not None
    assert problem[0] == requirement
