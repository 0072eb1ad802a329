"""Sites and tags as people write them, and what becomes of a set of words."""

from __future__ import annotations

import pytest

from fleet import belonging
from fleet.belonging import MOST_TAGS, SAME, Words
from fleet.endpoints import BadField


@pytest.mark.parametrize("text", ["core", "customer:4711", "a", "5g", "region/no_1.b-c", "x" * 63])
def test_a_tag_is_kept_as_it_is(text: str) -> None:
    assert belonging.tag(text) == text


@pytest.mark.parametrize("text", ["", "Core", "-a", "a b", "a,b", "ä", "x" * 64, "a\n", "(no tag)", "a\x00"])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(BadField) as refused:
        belonging.tag(text)
    assert refused.value.field == "tags"
    assert refused.value.next_step


def test_tags_are_there_once_and_in_order() -> None:
    assert belonging.tags(["b", "a", "b"]) == ["a", "b"]
    assert len(belonging.tags(f"t{n}" for n in range(MOST_TAGS))) == MOST_TAGS
    with pytest.raises(BadField, match=str(MOST_TAGS)):
        belonging.tags(f"t{n}" for n in range(MOST_TAGS + 1))


def test_the_name_of_a_site_has_no_space_around_it() -> None:
    assert belonging.site_name("  Oslo 2, Økern ") == "Oslo 2, Økern"


@pytest.mark.parametrize("text", ["", "  ", "(no site)", "x" * 121, "a\nb", "a\x00b"])
def test_what_is_no_name_of_a_site_is_refused(text: str) -> None:
    with pytest.raises(BadField, match="site"):
        belonging.site_name(text)


def test_words_come_and_go() -> None:
    assert SAME.of(["b", "a"]) == ["a", "b"]
    assert Words(frozenset("c"), frozenset("ax")).of("ab") == ["b", "c"]
    assert Words.exactly("ca").of("xyz") == ["a", "c"]
    assert Words.exactly([]).of("xyz") == []
