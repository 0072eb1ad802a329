"""From devices to partitions to pollers."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fleet import partition
from fleet.identity import DeviceId

names = st.lists(st.text("abcdef0123456789-", min_size=1, max_size=8), min_size=2, max_size=6, unique=True)


def test_the_partition_of_a_device_never_changes() -> None:
    device = DeviceId(UUID("7d444840-9dc0-11d1-b245-5ffdce74fad2"))
    assert partition.of(device) == 3422


@given(st.uuids())
def test_a_partition_and_a_spread_lie_in_their_ranges(device: UUID) -> None:
    assert 0 <= partition.of(DeviceId(device)) < partition.PARTITIONS
    assert 0 <= partition.spread(DeviceId(device)) < 1


@given(names)
def test_only_the_share_of_a_leaving_poller_moves(pollers: list[str]) -> None:
    before = dict.fromkeys(pollers, 1.0)
    after = dict.fromkeys(pollers[1:], 1.0)
    moved = [p for p in range(512) if partition.owner(p, before) != partition.owner(p, after)]
    assert all(partition.owner(p, before) == pollers[0] for p in moved)


def test_a_weight_is_a_share() -> None:
    counts = Counter(partition.owner(p, {"small": 1.0, "large": 3.0}) for p in range(partition.PARTITIONS))
    assert 0.70 < counts["large"] / partition.PARTITIONS < 0.80


def test_every_partition_has_one_owner() -> None:
    weights = {"poller-0": 1.0, "poller-1": 1.0, "poller-2": 1.0}
    owners = partition.owners(weights)
    assert list(owners) == [partition.owner(p, weights) for p in range(partition.PARTITIONS)]
    assert set(owners) == set(weights)
