"""The chain of the audit log: what was touched is found, and what was not is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.audit import COLUMNS, Act, Ending, Entry, Head, Walk, content, lines, link
from fleet.identity import TenantId

TENANT = TenantId(UUID(int=7))
AT = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
TEXTS = st.text(max_size=20)
ACTS = st.builds(
    Act,
    who=TEXTS,
    role=TEXTS,
    at=st.just(AT),
    action=TEXTS,
    object_type=st.none() | TEXTS,
    object_id=st.none() | TEXTS,
    address=st.none() | TEXTS,
    request_id=st.none() | TEXTS,
    outcome=st.sampled_from(Ending),
    detail=st.none() | TEXTS,
)


def chain(*acts: Act) -> list[Entry]:
    """Bind acts as the database does."""
    made: list[Entry] = []
    for number, act in enumerate(acts, 1):
        bare = Entry(TENANT, number, act, b"")
        made.append(replace(bare, hash=link(made[-1].hash if made else b"", bare)))
    return made


def some(count: int) -> list[Entry]:
    return chain(*(Act(who=f"p{n}", role="viewer", at=AT, action="sites.create") for n in range(count)))


def head(entries: list[Entry]) -> Head:
    return Head(entries[-1].number, entries[-1].hash)


def found(entries: list[Entry], kept: Head | None, *known: Head) -> int | None:
    """Tell the number of the first entry that does not fit."""
    walk = Walk(*known, *([kept] if kept else []))
    misfit = walk.over(entries) or walk.end(kept)
    return misfit.number if misfit else None


def test_a_chain_as_it_was_written_fits() -> None:
    whole = some(5)
    assert found(whole, head(whole)) is None
    assert found([], None) is None
    assert found(whole, head(whole), Head(3, whole[2].hash)) is None


@pytest.mark.parametrize("place", range(5))
def test_what_is_changed_removed_or_moved_is_found_where_it_stands(place: int) -> None:
    whole = some(5)
    other = replace(whole[place], act=replace(whole[place].act, who="nobody"))
    assert found([*whole[:place], other, *whole[place + 1 :]], head(whole)) == place + 1
    assert found([*whole[:place], *whole[place + 1 :]], head(whole)) == place + 1
    if place < 4:
        first, second = whole[place], whole[place + 1]
        moved = [replace(second, number=first.number), replace(first, number=second.number)]
        assert found([*whole[:place], *moved, *whole[place + 2 :]], head(whole)) == place + 1


def test_what_is_cut_off_the_end_is_found_by_the_head() -> None:
    whole = some(5)
    assert found(whole[:3], head(whole)) == 4
    assert found([], head(whole)) == 1
    assert found(whole, None) == 5


def test_what_stands_behind_the_head_is_found() -> None:
    whole = some(5)
    assert found(whole, head(whole[:3])) == 4


def test_a_chain_that_was_written_anew_is_found_by_a_head_that_was_noted() -> None:
    noted, forged = head(some(5)), chain(*(Act(who="x", role="y", at=AT, action="z") for _ in range(6)))
    assert found(forged, head(forged)) is None
    assert found(forged, head(forged), noted) == 5


@given(ACTS, ACTS)
def test_two_acts_are_written_alike_only_where_they_are_the_same(one: Act, other: Act) -> None:
    first, second = (content(Entry(TENANT, 1, act, b"")) for act in (one, other))
    assert (first == second) is (one == other)


def test_nothing_and_the_empty_text_differ() -> None:
    act = Act(who="p", role="viewer", at=AT, action="x")
    assert content(Entry(TENANT, 1, act, b"")) != content(Entry(TENANT, 1, replace(act, detail=""), b""))


def test_a_line_has_every_column() -> None:
    assert {len(line) for line in lines(some(2))} == {len(COLUMNS)}
