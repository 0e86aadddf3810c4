"""The scenario `full`: each member that the page names is looked at."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simvue_conformance.judge import judge
from simvue_conformance.writer import kinds
from simvue_conformance.writer.journals import Journal

PLAIN = Path(__file__).parents[3] / "conformance" / "broken" / "writers" / "SCN-015_no_checksums.py"
CONTENT = b"a file\n"
CHANGES = [
    (b'"description":"every kind"', b'"description":"some kinds"'),
    (b'"tags":["red","green"]', b'"tags":["red"]'),
    (b'"nx":128', b'"nx":129'),
    (b'"alpha":0.1', b'"alpha":0.2'),
    (b'"implicit"', b'"explicit"'),
    (b'"periodic":true', b'"periodic":1'),
    (b'"timeout":180', b'"timeout":181'),
    (b'"a":1.5', b'"a":1.25'),
    (b'"time":0.5', b'"time":0.25'),
    (b'"log_level":"warning"', b'"log_level":"info"'),
    (b'"cells":16384', b'"cells":1638'),
    (b'"add":["blue"]', b'"add":["black"]'),
    (b'"of the suite"', b'"of a suite"'),
    (b'"rule":"is above"', b'"rule":"is below"'),
    (b'"threshold":10.0', b'"threshold":11.0'),
    (b'"pattern":"panic"', b'"pattern":"error"'),
    (b'"name":"mine","source"', b'"name":"ours","source"'),
    (b'"state":"critical"', b'"state":"ok"'),
    (b'"category":"input"', b'"category":"code"'),
    (b'"name":"kept.txt"', b'"name":"kept.dat"'),
    (b'"stored":true', b'"path":"/kept.txt"'),
    (b'"size":7', b'"size":8'),
    (b"/input.txt", b"/output.txt"),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("full")
    (directory / "input.txt").write_bytes(CONTENT)
    subprocess.run([sys.executable, str(PLAIN), "full", str(directory)], check=True, stdin=subprocess.DEVNULL)
    return directory


@pytest.fixture(scope="module")
def path(directory):
    (path,) = (directory / "journals").iterdir()
    return path


def found(journal, directory):
    yield from kinds._run_of_full(journal)
    yield from kinds._alerts(journal)
    yield from kinds._artifacts(journal, directory / "input.txt", CONTENT)


def test_what_the_page_says_is_well(path, directory):
    assert list(found(Journal.read(path), directory)) == []


@pytest.mark.parametrize(("right", "wrong"), CHANGES, ids=lambda part: part.decode())
def test_another_value_has_failed(right, wrong, path, directory):
    content = path.read_bytes()
    assert right in content
    journal = Journal(path, content.replace(right, wrong), judge(content.replace(right, wrong)))

    failures = list(found(journal, directory))

    assert {failure.requirement for failure in failures} == {"SCN-002"}


def test_metrics_that_were_recorded_one_by_one_have_failed(path, directory):
    content = re.sub(rb',"b":-2.0', b"", path.read_bytes())
    journal = Journal(path, content, judge(content))
    assert [failure.requirement for failure in found(journal, directory)] == ["SCN-002"]


@pytest.mark.parametrize("content", [None, b"another"], ids=["missing", "other content"])
def test_a_file_that_was_not_put_aside_has_failed(content, path, directory):
    journal = Journal.read(path)
    (stored,) = (directory / "artifacts").iterdir()
    try:
        stored.unlink() if content is None else stored.write_bytes(content)
        assert [failure.requirement for failure in found(journal, directory)] == ["REC-083"]
    finally:
        stored.write_bytes(CONTENT)
