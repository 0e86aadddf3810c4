"""Tags have a name, a colour and a description."""

import pytest

from simvue.api.objects import Tag
from simvue.api.objects.colour import Colour
from simvue.api.objects.tag import TagSort


def test_a_tag_is_created_changed_and_deleted():
    tag = Tag.new(name="hot", colour="red", description="words")
    tag.commit()
    assert (Tag(tag.id).name, Tag(tag.id).description) == ("hot", "words")

    tag.colour, tag.name = "#0f0", "cold"
    tag.commit()

    found = Tag(tag.id)
    assert found.name == "cold"
    assert (found.colour.r, found.colour.g, found.colour.b) == (0.0, 1.0, 0.0)
    tag.delete()
    assert "cold" not in [one.name for _, one in Tag.get(sorting=[TagSort(column="name")])]


def test_a_tag_of_the_same_name_is_the_same():
    first, second = Tag.new(name="same"), Tag.new(name="same")
    first.commit()
    second.commit()

    assert first.id == second.id


@pytest.mark.parametrize("name", ["a/b", "", "a?"])
def test_a_tag_needs_a_name_of_letters(name):
    with pytest.raises(ValueError, match="a tag"):
        Tag.new(name=name)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("#ff8000", (255, 128, 0)),
        ("#F80", (255, 136, 0)),
        ("#ff800080", (255, 128, 0)),
        ("orange", (255, 165, 0)),
        ("rgb(23, 54, 34)", (23, 54, 34)),
        ("rgba(1 2 3 / 50%)", (1, 2, 3)),
    ],
)
def test_a_colour_knows_its_parts(text, parts):
    colour = Colour.checked(text)

    assert tuple(round(255 * one) for one in (colour.r, colour.g, colour.b)) == parts
    assert colour == text


@pytest.mark.parametrize("text", ["#ff", "#gggggg", "", "rgb(1,2", "1", "red; x"])
def test_a_colour_must_look_like_one(text):
    with pytest.raises(ValueError, match="no colour"):
        Colour.checked(text)
