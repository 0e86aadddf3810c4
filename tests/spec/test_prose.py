"""The prose links to what exists, and has one word for each thing."""

import pytest

from tests.spec import checks


def test_every_relative_link_leads_somewhere():
    assert checks.dead_links(checks.prose()) == []


def test_a_dead_link_is_noticed():
    text = "[here](README.md), [there](v1/nowhere.md#SEQ-001), [outside](https://example.org/a.md)"

    assert checks.dead_links({"README.md": text}) == ["README.md: v1/nowhere.md"]


def test_no_word_is_used_for_which_there_is_a_term():
    assert checks.banned_words(checks.prose()) == []


@pytest.mark.parametrize("text", ["a Segment", "two uploaders.", "its bookmark"])
def test_a_banned_word_is_noticed(text):
    assert len(checks.banned_words({"a.md": text})) == 1


def test_a_word_that_only_contains_a_banned_one_is_left_alone():
    assert checks.banned_words({"a.md": "segmentation"}) == []


def test_every_chapter_says_its_version_and_whom_it_binds():
    chapters = {path: text for path, text in checks.prose().items() if path.startswith("v1/") and path.count("/") == 1}
    chapters.pop("v1/changelog.md")

    silent = [
        path for path, text in chapters.items() if "Version 1.0 · Status: " not in text or "· Binds: " not in text
    ]

    assert silent == []
    assert len(chapters) == 9
