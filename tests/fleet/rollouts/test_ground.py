"""What hangs on what: children before parents, rings of those that are parents of one another, nothing forgotten."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.identity import DeviceId
from fleet.rollouts.ground import Ground, contracted
from tests.fleet.rollouts.world import device

MOST = 12
Graph = dict[DeviceId, set[DeviceId]]
graphs = st.lists(st.tuples(st.integers(0, MOST - 1), st.integers(0, MOST - 1)), max_size=30).map(
    lambda pairs: {device(n): {device(b) for a, b in pairs if a == n and b != n} for n in range(MOST)}
)


def reach(graph: Graph, start: DeviceId) -> set[DeviceId]:
    """All that is above a device, by plain search."""
    found: set[DeviceId] = set()
    ahead = list(graph[start])
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += graph[one]
    return found


@given(graphs)
def test_rings_are_what_is_mutually_above_and_children_come_first(graph: Graph) -> None:
    ground = Ground.of(graph)
    above = {one: reach(graph, one) for one in graph}
    assert sorted(one for ring in ground.rings for one in ring) == sorted(graph)
    for one in graph:
        for other in graph:
            together = one == other or (other in above[one] and one in above[other])
            assert (ground.ring[one] == ground.ring[other]) is together
        for parent in graph[one]:
            assert ground.ring[one] <= ground.ring[parent]
    heights = ground.heights()
    assert all(heights[one] < heights[p] for one in graph for p in graph[one] if ground.ring[one] != ground.ring[p])


@given(graphs, st.sets(st.integers(0, MOST - 1)))
def test_upstream_and_downstream_are_those_of_a_plain_search(graph: Graph, numbers: set[int]) -> None:
    ground, those = Ground.of(graph), {device(number) for number in numbers}
    above = {one: {p for p in reach(graph, one) if ground.ring[p] != ground.ring[one]} for one in graph}
    assert ground.upstream(those) == {parent for one in those for parent in above[one]}
    assert ground.downstream(those) == {one for one in graph if above[one] & those}


@given(graphs)
def test_one_parent_of_each_leads_up_and_never_in_a_circle(graph: Graph) -> None:
    ground = Ground.of(graph)
    line = ground.line()
    above = {one: reach(graph, one) for one in graph}
    assert line.keys() == {one for one in graph if above[one] - {one}} - {
        ring[-1] for ring in ground.rings if not above[ring[-1]] - set(ring)
    }
    assert all(parent in above[one] for one, parent in line.items())
    for one in graph:
        passed = [one]
        while (parent := line.get(passed[-1])) is not None:
            assert parent not in passed
            passed.append(parent)


@given(graphs, st.sets(st.integers(0, MOST - 1)))
def test_what_takes_no_part_is_looked_through(graph: Graph, numbers: set[int]) -> None:
    members = {device(number) for number in numbers}
    found = contracted(graph, members)
    assert found.keys() == members
    for one in members:
        assert found[one] <= members - {one}
        assert reach({**{k: set() for k in graph}, **found}, one) | {one} == (reach(graph, one) & members) | {one}


def test_a_pair_is_apart_and_so_is_a_ring() -> None:
    one, two, three, four = map(device, range(4))
    ground = Ground.of({one: {two}, two: {one}, three: set(), four: set()}, [{three, four}, {one, device(9)}])
    assert set(ground.apart) == {frozenset({one, two}), frozenset({three, four})}
