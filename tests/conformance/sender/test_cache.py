"""The journals that scenes write are valid, and are followed wherever a sender puts them."""

import pytest

from simvue_conformance.judge import judge
from simvue_conformance.sender.cache import Cache


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_a_journal_is_valid_and_on_the_disk(cache):
    journal = cache.run("a", tags=["b"]).metrics(3, 2).add("event", message="é").end()

    judgement = judge(journal.written)

    assert judgement.valid
    assert judgement.projection["metrics"]["x"][0][:2] == [3, 0.75]
    assert (cache.directory / "journals" / "a.jsonl").read_bytes() == journal.written


def test_a_journal_that_was_put_away_is_found_and_not_made_anew(cache):
    journal = cache.run("a")
    journal.path.rename(cache.directory / "elsewhere")

    assert cache.kept(journal)
    journal.metrics(0, 1)
    assert not journal.path.exists()
    assert not cache.kept(journal)


def test_a_journal_may_lie_in_a_cache_below(cache):
    journal = cache.journal("a", below="key")

    assert journal.path == cache.directory / "online" / "key" / "journals" / "a.jsonl"
