"""Marks are found again, and what is nowhere has the form of what is somewhere."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bench.attack import words


@pytest.mark.parametrize("text", ["{}", '{{"name": "{}"}}', "/api/devices/{}?x=1", "a,{},b"])
def test_a_mark_is_found_wherever_it_stands(text: str) -> None:
    for mark in (str(uuid4()), words.token(), "flt_0a1b2c3d"):
        assert words.marks(text.format(mark)) == {mark}


def test_nothing_else_is_a_mark() -> None:
    assert words.marks("ether1 zq 1234 router-001 flt_ 2026-01-05T12:00:00Z") == set()


@pytest.mark.parametrize(
    "value",
    [str(uuid4()), f"{words.token()}@x.example", f'"{"ab" * 16}"', "flt_0a1b2c3d"],
    ids=["id", "address", "tag", "key"],
)
def test_what_is_nowhere_looks_alike(value: str) -> None:
    made = words.absent(value)
    assert made is not None
    assert made != value
    assert len(made) == len(value)
    assert words.smooth(made) == words.smooth(value) or words.HEX.search(value)


def test_what_can_be_guessed_has_no_counterpart() -> None:
    assert words.absent("router-001") is None


def test_a_sent_value_is_taken_out_in_each_of_its_forms() -> None:
    assert words.blank('no "a b", no a%20b', "a b") == 'no "VALUE", no VALUE'
