"""Who may do what while which store is away, what stands behind a fence, and how partitions find their owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import ownership, partition
from fleet.ownership import Deed, Fence, Holding, Lease, Sight, Step, Take, Verdict, Want, decide, judge

BOTH, NO_REDIS = Sight(redis=True, postgres=True), Sight(redis=False, postgres=True)
NO_POSTGRES, NEITHER = Sight(redis=True, postgres=False), Sight(redis=False, postgres=False)
T0 = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sight", "allowed"),
    [
        (BOTH, {Deed.POLL, Deed.OPERATE, Deed.TAKE_OVER, Deed.HAND_OVER}),
        (NO_REDIS, {Deed.POLL}),
        (NO_POSTGRES, {Deed.POLL}),
        (NEITHER, {Deed.POLL}),
    ],
)
def test_with_a_store_away_owners_poll_and_nothing_else_happens(sight: Sight, allowed: set[Deed]) -> None:
    assert {deed for deed in Deed if ownership.may(deed, sight)} == allowed


def holding(epoch: int, fence: int | None) -> Holding:
    return Holding(7, epoch, "poller-1", UUID(int=1), fence=None if fence is None else Fence(fence, T0))


@pytest.mark.parametrize(
    ("epoch", "sequence", "verdict"),
    [
        (5, 1, Verdict.ACCEPT),
        (6, 1, Verdict.ACCEPT),
        (5, 1000, Verdict.ACCEPT),
        (4, 99, Verdict.ACCEPT),
        (4, 101, Verdict.REFUSE),
        (0, 101, Verdict.REFUSE),
    ],
)
def test_an_event_is_refused_only_if_older_and_behind_the_fence(epoch: int, sequence: int, verdict: Verdict) -> None:
    assert judge(epoch, sequence, T0, holding(5, 100)) is verdict


def test_before_the_fence_is_set_an_older_event_waits_and_the_owners_own_does_not() -> None:
    assert judge(4, 1, T0, holding(5, None)) is Verdict.WAIT
    assert judge(5, 1, T0, holding(5, None)) is Verdict.ACCEPT


def test_sequences_of_a_stream_that_was_made_anew_are_compared_by_its_creation() -> None:
    later, earlier = T0 + timedelta(hours=1), T0 - timedelta(hours=1)
    assert judge(4, 1, later, holding(5, 100)) is Verdict.REFUSE
    assert judge(4, 1000, earlier, holding(5, 100)) is Verdict.ACCEPT


LEASES = {f"poller-{n}": Lease(f"poller-{n}", UUID(int=n + 1)) for n in range(3)}


def all_free() -> list[Holding]:
    return [Holding(number) for number in range(partition.PARTITIONS)]


def performed(holdings: Sequence[Holding], steps: Sequence[Step], epoch: int) -> list[Holding]:
    """Do what the stores would do."""
    now = {h.partition: h for h in holdings}
    for step in steps:
        if isinstance(step, Take):
            for number, seen in step.epochs.items():
                assert now[number].epoch == seen
                now[number] = Holding(number, epoch, step.lease.poller, step.lease.incarnation)
        else:
            for number in step.partitions:
                now[number] = replace(now[number], wanted=step.poller)
    return list(now.values())


def given_back(holdings: Sequence[Holding]) -> list[Holding]:
    return [replace(h, released_at=T0) if h.wanted not in (None, h.poller) else h for h in holdings]


def assigned(holdings: Sequence[Holding]) -> dict[int, str | None]:
    return {h.partition: h.poller for h in holdings}


def test_free_partitions_go_to_the_owners_that_rendezvous_hashing_wants() -> None:
    steps = list(decide(all_free(), LEASES, ()))
    now = performed(all_free(), steps, 1)
    weights = dict.fromkeys(LEASES, 1.0)
    assert assigned(now) == dict(enumerate(partition.owners(weights)))
    assert list(decide(now, LEASES, ())) == []


def test_nobody_takes_from_an_owner_that_merely_cannot_be_seen() -> None:
    owned = performed(all_free(), list(decide(all_free(), LEASES, ())), 1)
    left = {name: lease for name, lease in LEASES.items() if name != "poller-1"}
    assert list(decide(owned, left, ())) == []


def test_what_a_lapsed_owner_had_is_taken_and_nothing_else_moves() -> None:
    owned = performed(all_free(), list(decide(all_free(), LEASES, ())), 1)
    left = {name: lease for name, lease in LEASES.items() if name != "poller-1"}
    now = performed(owned, list(decide(owned, left, {LEASES["poller-1"].incarnation})), 2)
    moved = {h.partition for h in now if h.epoch == 2}
    assert moved == {h.partition for h in owned if h.poller == "poller-1"}
    assert {h.poller for h in now} == {"poller-0", "poller-2"}


def test_a_new_process_of_an_owner_takes_its_own_share_under_a_new_epoch() -> None:
    owned = performed(all_free(), list(decide(all_free(), LEASES, ())), 1)
    reborn = {**LEASES, "poller-1": Lease("poller-1", UUID(int=99))}
    assert list(decide(owned, reborn, ())) == []
    (step,) = decide(owned, reborn, {UUID(int=2)})
    assert isinstance(step, Take)
    assert step.lease.incarnation == UUID(int=99)
    assert set(step.epochs) == {h.partition for h in owned if h.poller == "poller-1"}


def test_a_poller_that_joins_is_given_its_share_once_the_owners_have_let_go() -> None:
    two = {name: LEASES[name] for name in ("poller-0", "poller-1")}
    owned = performed(all_free(), list(decide(all_free(), two, ())), 1)
    wants = list(decide(owned, LEASES, ()))
    assert [step.poller for step in wants if isinstance(step, Want)] == ["poller-2"]
    asked = performed(owned, wants, 2)
    assert list(decide(asked, LEASES, ())) == []
    now = performed(asked, list(decide(given_back(asked), LEASES, ())), 3)
    assert assigned(now) == dict(enumerate(partition.owners(dict.fromkeys(LEASES, 1.0))))
    assert {h.partition for h in now if h.epoch == 1} == {
        h.partition for h in owned if h.poller == assigned(now)[h.partition]
    }


def test_who_left_before_the_hand_over_is_waited_for_no_longer() -> None:
    two = {name: LEASES[name] for name in ("poller-0", "poller-1")}
    owned = performed(all_free(), list(decide(all_free(), two, ())), 1)
    asked = performed(owned, list(decide(owned, LEASES, ())), 2)
    steps = list(decide(asked, two, ()))
    assert [step.poller for step in steps if isinstance(step, Want)] == [None]
    assert all(h.wanted is None for h in performed(asked, steps, 3))


def test_without_any_poller_nothing_is_decided() -> None:
    assert list(decide(all_free(), {}, ())) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["come", "go", "reborn", "let_go"]), st.integers(0, 4), st.booleans()), max_size=12
    )
)
def test_whatever_happens_no_living_owner_is_robbed_and_the_assignment_becomes_whole(
    happenings: list[tuple[str, int, bool]],
) -> None:
    holdings, leases, epoch, fresh = all_free()[:40], dict[str, Lease](), 0, 100
    for what, number, supervised in happenings:
        name, epoch, fresh = f"poller-{number}", epoch + 1, fresh + 1
        if what == "go":
            leases.pop(name, None)
        elif what == "let_go":
            holdings = given_back(holdings)
        elif what == "reborn" or name not in leases:
            leases[name] = Lease(name, UUID(int=fresh), weight=1.0 + number)
        if supervised:
            holdings = step(holdings, leases, epoch)
    leases["poller-9"] = Lease("poller-9", UUID(int=999))
    for turn in range(3):
        holdings = given_back(step(holdings, leases, epoch + 1 + turn))
    assert all(h.incarnation == leases[h.poller or ""].incarnation for h in holdings)
    owners = partition.owners({name: lease.weight for name, lease in leases.items()})
    assert assigned(holdings) == {h.partition: owners[h.partition] for h in holdings}


def step(holdings: Sequence[Holding], leases: Mapping[str, Lease], epoch: int) -> list[Holding]:
    """Let the supervisor act once; whoever has no lease counts as lapsed."""
    living = {lease.incarnation for lease in leases.values()}
    lapsed = {h.incarnation for h in holdings if h.incarnation is not None and h.incarnation not in living}
    steps = list(decide(holdings, leases, lapsed))
    taken = {number for one in steps if isinstance(one, Take) for number in one.epochs}
    for before in holdings:
        assert before.free or before.incarnation in lapsed or before.partition not in taken
    return performed(holdings, steps, epoch)
