"""Owners of partitions on a real PostgreSQL: one at a time, under epochs that only grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.assignment import Desk, Office
from fleet.ownership import Fence, Holding, Lease, Take, Want
from fleet.partition import PARTITIONS
from tests.fixtures.database import Database

A, B = Lease("poller-a", UUID(int=1)), Lease("poller-b", UUID(int=2))
T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
EARLIER = T0 - timedelta(seconds=7)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database.stores)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database.stores)


def taken(office: Office, lease: Lease, numbers: Iterable[int], since: datetime = EARLIER) -> None:
    epochs = {h.partition: h.epoch for h in office.read().holdings}
    office.perform([Take(lease, {number: epochs[number] for number in numbers})], since, T0)


def of(office: Office, numbers: Sequence[int]) -> list[Holding]:
    holdings = office.read().holdings
    return [holdings[number] for number in numbers]


def test_in_the_beginning_nobody_owns_anything(office: Office, desk: Desk) -> None:
    seen = office.read()
    assert seen.version == 0 == desk.version()
    assert [h.partition for h in seen.holdings] == list(range(PARTITIONS))
    assert all(h.free and h.epoch == 0 for h in seen.holdings)


def test_who_takes_partitions_owns_them_under_a_new_epoch(office: Office, desk: Desk) -> None:
    taken(office, A, range(10))
    version, mine = desk.mine(A.incarnation)
    assert version == office.version() == 1
    assert [h.partition for h in mine] == list(range(10))
    assert {(h.poller, h.epoch, h.since, h.fence) for h in mine} == {("poller-a", 1, None, None)}
    assert desk.mine(B.incarnation) == (1, [])


def test_only_what_is_still_as_it_was_seen_is_taken(office: Office) -> None:
    taken(office, A, range(10))
    office.perform([Take(B, dict.fromkeys(range(5, 15), 0))], EARLIER, T0)
    assert [h.poller for h in of(office, range(15))] == ["poller-a"] * 10 + ["poller-b"] * 5
    assert [h.epoch for h in of(office, range(15))] == [1] * 10 + [2] * 5


def test_epochs_only_grow_and_the_polls_of_a_lapsed_owner_are_the_next_ones_from_then_on(office: Office) -> None:
    taken(office, A, [3])
    taken(office, B, [3])
    taken(office, A, [3], since=T0)
    (holding,) = of(office, [3])
    assert (holding.epoch, holding.poller, holding.since) == (3, "poller-a", T0)


def test_what_is_given_back_is_free_and_its_polls_are_the_next_owners_from_then_on(
    office: Office, desk: Desk
) -> None:
    taken(office, A, [1, 2])
    office.perform([Want(frozenset({1}), "poller-b")], EARLIER, T0)
    assert [h.wanted for h in desk.mine(A.incarnation)[1]] == ["poller-b", None]
    assert desk.release(A.incarnation, [1], T0) == 1
    assert [h.partition for h in desk.mine(A.incarnation)[1]] == [2]
    assert of(office, [1])[0].free
    taken(office, B, [1])
    (holding,) = of(office, [1])
    assert (holding.poller, holding.since, holding.wanted, holding.released_at) == ("poller-b", T0, None, None)


def test_nobody_gives_back_what_is_anothers(office: Office, desk: Desk) -> None:
    taken(office, A, [1])
    taken(office, B, [1])
    assert desk.release(A.incarnation, [1], T0) == 0
    assert not of(office, [1])[0].free


def test_the_fence_belongs_to_its_epoch(office: Office, desk: Desk) -> None:
    taken(office, A, [1, 2])
    taken(office, B, [2])
    desk.fence(1, Fence(100, T0))
    assert [h.fence for h in of(office, [1, 2])] == [Fence(100, T0), None]
    desk.fence(2, Fence(200, T0))
    assert [h.fence for h in of(office, [1, 2])] == [Fence(100, T0), Fence(200, T0)]
    taken(office, A, [2])
    assert of(office, [2])[0].fence is None


def test_where_an_epoch_begins_is_said_once(office: Office, desk: Desk) -> None:
    taken(office, A, [1])
    desk.fence(1, Fence(100, T0))
    desk.fence(1, Fence(200, T0))
    assert of(office, [1])[0].fence == Fence(100, T0)


def test_every_change_counts_the_version_up(office: Office, desk: Desk) -> None:
    seen = [desk.version()]
    for change in (
        lambda: taken(office, A, [1, 2]),
        lambda: office.perform([Want(frozenset({1}), "poller-b")], EARLIER, T0),
        lambda: desk.fence(1, Fence(1, T0)),
        lambda: desk.release(A.incarnation, [1], T0),
    ):
        change()
        seen.append(desk.version())
    assert seen == sorted(set(seen))


def test_two_supervisors_at_once_give_a_partition_to_one_owner(office: Office) -> None:
    leases = [Lease(f"poller-{n}", UUID(int=n + 1)) for n in range(6)]
    step = [Take(lease, dict.fromkeys(range(200), 0)) for lease in leases]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda take: office.perform([take], EARLIER, T0), step))
    holdings = of(office, range(200))
    assert len({h.poller for h in holdings}) == 1
    assert len({h.epoch for h in holdings}) == 1
