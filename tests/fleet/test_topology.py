"""What devices are reached over: by routes, by cables, by subnets; where nothing is known, nothing is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.identity import DeviceId
from fleet.rollouts.ground import Ground
from fleet.topology import Told, links
from tests.fleet.rollouts.world import device

GATEWAY, SWITCH, ONE, TWO, OTHER = map(device, range(5))
NOBODY: frozenset[DeviceId] = frozenset()
OUT = (GATEWAY, NOBODY)


def over(*those: DeviceId) -> frozenset[DeviceId]:
    return frozenset(those)


def test_a_default_route_leads_over_who_has_the_gateway_unless_too_many_have() -> None:
    several = over(*map(device, range(10, 14)))
    assert links(Told([OUT, (ONE, over(GATEWAY)), (TWO, several), (GATEWAY, over(GATEWAY))])) == {ONE: over(GATEWAY)}


def test_a_cable_tells_what_stands_before_the_gateway() -> None:
    cables = [(ONE, SWITCH), (TWO, SWITCH), (SWITCH, GATEWAY), (ONE, TWO)]
    found = links(Told([OUT, (ONE, over(GATEWAY))], cables))
    assert found == {ONE: over(GATEWAY, SWITCH), TWO: over(SWITCH), SWITCH: over(GATEWAY)}
    assert links(Told([], cables)) == {}, "without a way out nobody is nearer to it"


def test_where_neither_tells_the_gateway_of_the_subnet_is_taken() -> None:
    homes = {GATEWAY: "10.0.0.1", ONE: "10.0.1.7", TWO: "10.9.0.1", SWITCH: "switch.example"}
    addresses = [(GATEWAY, "10.0.0.1/16"), (OTHER, "10.0.1.1/24"), (ONE, "10.0.1.7/24"), (GATEWAY, "172.16.0.1/32")]
    known = [OUT, (OTHER, over(GATEWAY))]
    assert links(Told(known, homes=homes, addresses=addresses)) == {OTHER: over(GATEWAY), ONE: over(GATEWAY)}
    found = links(Told([*known, (device(9), over(OTHER))], homes=homes, addresses=addresses))
    assert found[ONE] == over(OTHER), "the smallest network counts"


numbers = st.integers(0, 9).map(device)


@given(
    st.lists(st.tuples(numbers, st.frozensets(numbers, max_size=3)), max_size=12),
    st.lists(st.tuples(numbers, numbers), max_size=20),
)
def test_nobody_is_behind_itself_and_cables_alone_make_no_circle(
    ways: list[tuple[DeviceId, frozenset[DeviceId]]], cables: list[tuple[DeviceId, DeviceId]]
) -> None:
    found = links(Told(ways, cables))
    assert all(above and one not in above for one, above in found.items())
    roots = [(one, NOBODY) for one, _ in ways]
    every = {one: set(above) for one, above in links(Told(roots, cables)).items()}
    graph = {one: every.get(one, set()) for one in map(device, range(10))}
    assert all(len(ring) == 1 for ring in Ground.of(graph).rings)
