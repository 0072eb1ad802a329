"""The machine of a push: every transition, what follows for a new owner, and that it always ends truly."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.changes import (
    Entry,
    Goal,
    PushState,
    Seen,
    Step,
    fold,
    outcome,
    state,
)
from fleet.course import advance, resume

BOTH = {"safe_mode": True, "restore": True, "trial": True}
SAFE = {"safe_mode": True}
SURE = {"safe_mode": True, "undo": True}
POINT = {"restore": True}
BARE: dict[str, object] = {}


def looked(nets: dict[str, object]) -> list[Entry]:
    return [Entry(Step.LOOK), Entry(Step.LOOK, Seen.DONE, detail=nets)]


def journal(nets: dict[str, object], *steps: tuple[Step, Seen | None] | Step) -> list[Entry]:
    """Write a journal: a step alone is one that was done."""
    entries, applied = looked(nets), 0
    for one in steps:
        step, seen = (one, Seen.DONE) if isinstance(one, Step) else one
        applied += step is Step.APPLY
        entries.append(Entry(step, number=applied))
        if seen is not None:
            entries.append(Entry(step, seen, number=applied))
    return entries


def following(entries: Iterable[Entry]) -> Step:
    return advance(fold(entries, 2))


READY = (Step.TRY, Step.SAVE, Step.ARM, Step.TAKE)
APPLIED = (*READY, Step.APPLY, Step.APPLY)
A, W, V = Step.APPLY, Step.WATCH, Step.VERIFY
CLEAN, BETWEEN = (W, Seen.BEFORE), (W, Seen.BETWEEN)


@pytest.mark.parametrize(
    ("nets", "steps", "wanted"),
    [
        (BOTH, (), Step.TRY),
        (POINT, (), Step.SAVE),
        (SAFE, (), Step.TAKE),
        (BARE, (), A),
        (BOTH, (Step.TRY,), Step.SAVE),
        (BOTH, ((Step.TRY, Seen.REFUSED),), W),
        (BOTH, ((Step.TRY, Seen.REFUSED), (W, Seen.BEFORE)), Step.DISARM),
        (BOTH, ((Step.TRY, Seen.REFUSED), (W, Seen.BEFORE), Step.DISARM, (W, Seen.BEFORE)), Step.END),
        (BOTH, (Step.TRY, Step.SAVE), Step.ARM),
        (BOTH, (Step.TRY, (Step.SAVE, Seen.REFUSED)), W),
        (BOTH, (Step.TRY, Step.SAVE, Step.ARM), Step.TAKE),
        (BOTH, (Step.TRY, Step.SAVE, (Step.ARM, Seen.UNKNOWN)), W),
        (POINT, (Step.SAVE, Step.ARM), A),
        (BOTH, READY, A),
        (BOTH, (*READY[:3], (Step.TAKE, Seen.REFUSED)), W),
        (BOTH, (*READY[:3], (Step.TAKE, Seen.REFUSED), (W, Seen.BEFORE)), Step.DISARM),
        (BOTH, (*READY, A), A),
        (BOTH, APPLIED, V),
        (BOTH, (*READY, A, (A, Seen.REFUSED)), Step.UNROLL),
        (BOTH, (*READY, A, (A, Seen.UNKNOWN)), W),
        (POINT, (A, (A, Seen.REFUSED)), W),
        (BOTH, (*APPLIED, V), Step.RELEASE),
        (POINT, (Step.SAVE, Step.ARM, A, A, V), Step.DISARM),
        (BARE, (A, A, V), W),
        (BOTH, (*APPLIED, (V, Seen.REFUSED)), Step.UNROLL),
        (BOTH, (*APPLIED, (V, Seen.UNKNOWN)), Step.UNROLL),
        (POINT, (A, A, (V, Seen.UNKNOWN)), W),
        (BOTH, (*APPLIED, V, Step.RELEASE), Step.DISARM),
        (SAFE, (Step.TAKE, A, A, V, Step.RELEASE), W),
        (BOTH, (*APPLIED, V, (Step.RELEASE, Seen.UNKNOWN)), W),
        (BOTH, (*APPLIED, V, Step.RELEASE, Step.DISARM), W),
        (BOTH, (*APPLIED, V, Step.RELEASE, Step.DISARM, (W, Seen.AFTER)), Step.END),
        (BOTH, (*APPLIED, V, (Step.RELEASE, Seen.UNKNOWN), (W, Seen.AFTER)), Step.DISARM),
        (BOTH, (*APPLIED, V, (Step.RELEASE, Seen.UNKNOWN), (W, Seen.BEFORE)), Step.DISARM),
        (BOTH, (*APPLIED, (W, Seen.AFTER)), V),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL), W),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, (W, Seen.HELD)), W),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, (W, Seen.UNKNOWN)), W),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, (W, Seen.LATE)), Step.END),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, (W, Seen.AFTER)), Step.RESTORE),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, (W, Seen.BETWEEN)), Step.RESTORE),
        (SAFE, (Step.TAKE, A, (A, Seen.REFUSED), (W, Seen.BETWEEN)), Step.END),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN), Step.UNDO),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, Step.UNDO), W),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, Step.UNDO, CLEAN), Step.END),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, (Step.UNDO, Seen.UNKNOWN), BETWEEN), Step.UNDO),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, (Step.UNDO, Seen.REFUSED), BETWEEN), Step.END),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, *((Step.UNDO, Seen.UNKNOWN), BETWEEN) * 3), Step.END),
        (POINT, (Step.SAVE, Step.ARM, A, (A, Seen.REFUSED), (W, Seen.BETWEEN), Step.RESTORE), W),
        (
            POINT,
            (Step.SAVE, Step.ARM, A, (A, Seen.REFUSED), BETWEEN, (Step.RESTORE, Seen.REFUSED), BETWEEN),
            Step.DISARM,
        ),
    ],
)  # fmt: skip
def test_the_next_step(nets: dict[str, object], steps: tuple[Step | tuple[Step, Seen]], wanted: Step) -> None:
    assert following(journal(nets, *steps)) is wanted


@pytest.mark.parametrize(
    ("nets", "steps", "wanted"),
    [
        (BOTH, (*APPLIED, V, Step.RELEASE, Step.DISARM, (W, Seen.AFTER)), PushState.COMMITTED),
        (BOTH, (*APPLIED, (V, Seen.REFUSED), Step.UNROLL, CLEAN, Step.DISARM, CLEAN), PushState.REVERTED),
        (BOTH, (*APPLIED, V, Step.RELEASE, (W, Seen.BEFORE)), PushState.REVERTED),
        (BOTH, (*APPLIED, (W, Seen.LATE)), PushState.LOST),
        (SAFE, (Step.TAKE, A, (A, Seen.REFUSED), (W, Seen.BETWEEN)), PushState.COMMIT_UNCONFIRMED),
        (SAFE, (Step.TAKE, A, A, (V, Seen.REFUSED), (W, Seen.AFTER)), PushState.COMMIT_UNCONFIRMED),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, Step.UNDO, CLEAN), PushState.REVERTED),
        (SURE, (Step.TAKE, A, (A, Seen.UNKNOWN), BETWEEN, Step.UNDO, BETWEEN), PushState.COMMIT_UNCONFIRMED),
        (SAFE, (Step.TAKE, (A, Seen.REFUSED), Step.UNROLL, (W, Seen.BEFORE)), PushState.FAILED),
        (BOTH, ((Step.TRY, Seen.REFUSED), (W, Seen.BEFORE), Step.DISARM, (W, Seen.BEFORE)), PushState.FAILED),
    ],
)  # fmt: skip
def test_how_it_ended(nets: dict[str, object], steps: tuple[Step | tuple[Step, Seen]], wanted: PushState) -> None:
    done = fold([*journal(nets, *steps), Entry(Step.END)], 2)
    assert state(done) is outcome(done) is wanted


def test_where_it_stands_on_the_way() -> None:
    stands = [state(fold(journal(BOTH, *APPLIED[:place]), 2)) for place in range(len(APPLIED) + 1)]
    assert stands == [PushState.PREPARING] * 5 + [PushState.APPLYING] * 2
    assert state(fold([], 2)) is PushState.PENDING
    assert state(fold(journal(BOTH, *APPLIED, V), 2)) is PushState.VERIFYING
    assert state(fold(journal(BOTH, *APPLIED, (V, Seen.REFUSED)), 2)) is PushState.REVERTING


def test_a_new_owner_looks_before_it_acts() -> None:
    everything = journal(BOTH, *APPLIED, V, Step.RELEASE, Step.DISARM, (W, Seen.AFTER))
    for length in range(3, len(everything) + 1):
        assert resume(fold(everything[:length], 2)) is Step.WATCH
    for length in range(2):
        assert resume(fold(everything[:length], 2)) is Step.LOOK


def test_what_was_interrupted_before_anything_was_changed_begins_anew_a_few_times() -> None:
    cut = [(W, Seen.BEFORE), Step.DISARM, (W, Seen.BEFORE)]
    once = journal(BOTH, Step.TRY, (Step.SAVE, None), *cut)
    assert advance(fold(once, 2)) is Step.LOOK
    assert advance(fold(once * 3, 2)) is Step.END
    assert outcome(fold(once * 3, 2)) is PushState.FAILED


def test_what_the_device_refused_is_not_tried_again() -> None:
    refused = journal(BOTH, Step.TRY, (Step.SAVE, Seen.REFUSED), (W, Seen.BEFORE), Step.DISARM, (W, Seen.BEFORE))
    assert advance(fold(refused, 2)) is Step.END


SEEN_OF = {
    Step.WATCH: (Seen.HELD, Seen.UNKNOWN, Seen.BEFORE, Seen.AFTER, Seen.BETWEEN, Seen.LATE),
}


@given(
    nets=st.sampled_from([BOTH, SAFE, SURE, POINT, BARE]),
    total=st.integers(1, 4),
    draws=st.lists(st.integers(0, 5), min_size=60, max_size=60),
    drops=st.sets(st.integers(0, 59)),
)
def test_it_ends_whatever_is_seen_and_never_acts_without_its_nets(
    nets: dict[str, object], total: int, draws: list[int], drops: set[int]
) -> None:
    entries: list[Entry] = []
    held = armed = False
    for turn, draw in enumerate(draws):
        now = fold(entries, total)
        step = resume(now) if turn in drops else advance(now)
        held = held and turn not in drops
        if step is Step.END:
            break
        number = now.applied + 1 if step is Step.APPLY else 0
        if step is Step.APPLY:
            assert number <= total
            assert held or not nets.get("safe_mode")
            assert armed or not nets.get("restore")
        if step is Step.RELEASE:
            assert now.goal is Goal.COMMIT
            assert now.complete
        choice = SEEN_OF.get(step, (Seen.DONE, Seen.REFUSED, Seen.UNKNOWN, Seen.DONE, Seen.DONE, Seen.DONE))
        seen = choice[draw % len(choice)]
        held = (held or step is Step.TAKE) and seen is Seen.DONE and step not in (Step.RELEASE, Step.UNROLL)
        armed = (armed or step is Step.ARM) and step is not Step.DISARM
        entries += [Entry(step, number=number)]
        if turn + 1 not in drops:
            entries += [Entry(step, seen, number, dict(nets) if step is Step.LOOK else {})]
    end = fold(entries, total)
    if outcome(end) is PushState.COMMITTED:
        assert end.found is Seen.AFTER
    if outcome(end) is PushState.REVERTED:
        assert end.found is Seen.BEFORE
