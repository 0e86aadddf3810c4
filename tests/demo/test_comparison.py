"""The comparison says equal only of what is equal: each fault planted here is found, and counted as what it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.examples.comparison import Contents, compare, journal_files, read_journals
from docs.examples.comparison import Server as Questions
from simvue_conformance.server.process import running_server
from tests.demo.delivered import Edit, deliver, record, replaced


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Contents]]]:
    """Give the cache of both examples, and what the server holds of each run."""
    directory = tmp_path_factory.mktemp("demo")
    cache = record(directory)
    with running_server("--ephemeral") as server:
        deliver(directory, cache, server)
        questions = Questions(server.url, server.token)
        yield cache, {key: questions.contents(identifier) for key, identifier in questions.runs().items()}


def find_differences(cache: Path, held: dict[str, Contents]) -> dict[str, tuple[int, int, int]]:
    """Return duplicated, lost and changed of every part that differs, over all runs."""
    written = read_journals(journal_files(cache))
    assert written.keys() == held.keys()
    return {
        item.what: (item.duplicated, item.lost, item.changed)
        for key, contents in written.items()
        for item in compare(contents, held[key])
        if not item.is_none
    }


def edit_collatz(cache: Path, target: Path, edit: Edit) -> Path:
    """Copy the cache, with the shell script's journal edited: the server then holds what the copy does not say."""
    copy = Path(shutil.copytree(cache, target / "cache"))
    (journal,) = copy.glob("delivered/collatz*.jsonl")
    journal.write_text(edit(journal.read_text()))
    return copy


def without(part: str) -> Edit:
    return lambda text: "".join(line for line in text.splitlines(keepends=True) if part not in line)


def with_another(part: str, *change: str) -> Edit:
    def edit(text: str) -> str:
        line = next(line for line in text.splitlines(keepends=True) if part in line)
        return text + line.replace(*change)

    return edit


def test_what_was_delivered_is_equal_to_what_was_written(delivered):
    cache, held = delivered

    assert find_differences(cache, held) == {}
    assert sorted(len(contents.artifacts) for contents in held.values()) == [0, 1]
    assert all(contents.status == "completed" for contents in held.values())


def test_values_are_counted_on_both_sides(delivered):
    _, held = delivered

    heat = held["heat-small"]
    assert {axis: values.total() for axis, values in heat.metrics.items()} == dict.fromkeys(heat.metrics, 7 * 40)


AXES = [f"metric values by {axis}" for axis in ("step", "time", "timestamp")]


@pytest.mark.parametrize(
    ("edit", "parts", "counts"),
    [
        pytest.param(with_another('"step":5}', '"step":5}', '"step":999}'), AXES, (0, 1, 0), id="a lost record"),
        pytest.param(without('"step":5}'), AXES[:1], (1, 0, 0), id="a record more than was written"),
        pytest.param(replaced('"number":27}', '"number":28}'), AXES, (0, 0, 1), id="a changed value"),
        pytest.param(replaced('"step":5}', '"step":6}'), AXES[:1], (1, 1, 0), id="a value at another step"),
        pytest.param(replaced("reached 1", "reached 2"), ["events"], (0, 0, 1), id="a changed message"),
        pytest.param(without('"kind":"event"'), ["events"], (1, 0, 0), id="an event too many"),
        pytest.param(replaced('["shell"]', '["bash"]'), ["facts and metadata"], (0, 0, 1), id="a changed tag"),
    ],
)
def test_a_planted_difference_is_found_and_named(delivered, tmp_path, edit, parts, counts):
    cache, held = delivered
    edited = edit_collatz(cache, tmp_path, edit)

    found = find_differences(edited, held)

    assert {part: found.get(part) for part in parts} == dict.fromkeys(parts, counts)


def test_a_duplicate_on_the_server_is_found(delivered):
    cache, held = delivered
    contents = held["heat-small"]
    (point, *_) = contents.metrics["step"]
    contents.metrics["step"][point] += 1

    found = find_differences(cache, held)

    contents.metrics["step"][point] -= 1
    assert found == {"metric values by step": (1, 0, 0)}


def test_a_file_with_other_content_is_found(delivered):
    cache, held = delivered
    contents = held["heat-small"]
    artifacts = contents.artifacts
    contents.artifacts = type(artifacts)({(*item[:-1], "0" * 64): count for item, count in artifacts.items()})

    found = find_differences(cache, held)

    contents.artifacts = artifacts
    assert found == {"artifacts": (0, 0, 1)}
