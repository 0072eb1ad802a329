"""The ground of a rollout: what hangs on what, so that children go before parents and pairs never go together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from fleet.identity import DeviceId

Links = Mapping[DeviceId, Collection[DeviceId]]
"""The parents of each device: what it is reached over."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The devices of a rollout in rings, children before parents.

    A ring is one device, or those that are parents of one another: of them, no two are disturbed at a time.
    ``children`` and ``parents`` are rings by their places in ``rings``, ``ring`` is the place of each device.
    ``apart`` are sets of which no two devices are disturbed at a time: redundant pairs, and rings of several.
    ``pairs`` are the former.
    """

    rings: tuple[tuple[DeviceId, ...], ...]
    children: tuple[frozenset[int], ...]
    parents: tuple[frozenset[int], ...]
    ring: Mapping[DeviceId, int]
    apart: tuple[frozenset[DeviceId], ...]
    pairs: tuple[frozenset[DeviceId], ...] = ()

    @classmethod
    def of(cls, links: Links, pairs: Iterable[Collection[DeviceId]] = ()) -> Self:
        """Lay the ground of the devices that ``links`` names; parents that it does not name do not count."""
        over = {one: sorted(set(above) & links.keys() - {one}) for one, above in sorted(links.items())}
        rings = _rings(over)
        ring = {one: place for place, members in enumerate(rings) for one in members}
        children: list[set[int]] = [set() for _ in rings]
        parents: list[set[int]] = [set() for _ in rings]
        for one, above in over.items():
            for parent in above:
                if ring[parent] != ring[one]:
                    children[ring[parent]].add(ring[one])
                    parents[ring[one]].add(ring[parent])
        several = [frozenset(members) for members in rings if len(members) > 1]
        together = [frozenset(one for one in pair if one in links) for pair in pairs]
        redundant = tuple(pair for pair in together if len(pair) > 1)
        below, above_it = tuple(map(frozenset, children)), tuple(map(frozenset, parents))
        return cls(rings, below, above_it, ring, (*several, *redundant), redundant)

    def twins(self) -> dict[DeviceId, set[DeviceId]]:
        """Tell with whom each device of a redundant pair shares its work."""
        found: dict[DeviceId, set[DeviceId]] = {}
        for pair in self.pairs:
            for one in pair:
                found.setdefault(one, set()).update(pair - {one})
        return found

    def heights(self) -> dict[DeviceId, int]:
        """Tell how many rings are behind each device, one behind the other; 0 is a leaf."""
        height: list[int] = []
        for below in self.children:
            height.append(1 + max((height[child] for child in below), default=-1))
        return {one: height[place] for one, place in self.ring.items()}

    def line(self) -> dict[DeviceId, DeviceId]:
        """Tell one parent of each device, never in a circle: of a ring, one is behind the other.

        Of several parents the first is taken, and what is above it follows.
        """
        found: dict[DeviceId, DeviceId] = {}
        for place, below in enumerate(self.children):
            first = self.rings[place][0]
            for child in below:
                found.setdefault(self.rings[child][-1], first)
            found.update(pairwise(self.rings[place]))
        return found

    def upstream(self, those: Collection[DeviceId]) -> set[DeviceId]:
        """Tell the devices that have any of ``those`` behind them."""
        return self._over(those, self.parents)

    def downstream(self, those: Collection[DeviceId]) -> set[DeviceId]:
        """Tell the devices that are behind any of ``those``: they cannot be reached while one of these is away."""
        return self._over(those, self.children)

    def _over(self, those: Collection[DeviceId], ways: Sequence[Collection[int]]) -> set[DeviceId]:
        """Tell the devices of all rings to which ways lead from those of ``those``."""
        ahead = list({self.ring[one] for one in those if one in self.ring})
        found: set[int] = set()
        while ahead:
            for place in ways[ahead.pop()]:
                if place not in found:
                    found.add(place)
                    ahead.append(place)
        return {one for place in found for one in self.rings[place]}


def contracted(links: Links, members: Collection[DeviceId]) -> dict[DeviceId, frozenset[DeviceId]]:
    """Tell for each member the nearest members above it, over devices that are none."""
    known = frozenset(members)
    return {one: _nearest(one, links, known) for one in members}


def _nearest(one: DeviceId, links: Links, members: frozenset[DeviceId]) -> frozenset[DeviceId]:
    found: set[DeviceId] = set()
    seen, ahead = {one}, list(links.get(one, ()))
    while ahead:
        parent = ahead.pop()
        if parent in seen:
            continue
        seen.add(parent)
        if parent in members:
            found.add(parent)
        else:
            ahead += links.get(parent, ())
    return frozenset(found)


def _rings(parents: Mapping[DeviceId, Collection[DeviceId]]) -> tuple[tuple[DeviceId, ...], ...]:
    """Find what is mutually above one another (Kosaraju), children before parents."""
    below: dict[DeviceId, list[DeviceId]] = {one: [] for one in parents}
    for one, above in parents.items():
        for parent in above:
            below[parent].append(one)
    left: set[DeviceId] = set()
    finished = [one for start in parents for one in _walk(start, parents, left)]
    taken: set[DeviceId] = set()
    rings = [tuple(sorted(_walk(start, below, taken))) for start in reversed(finished)]
    return tuple(ring for ring in rings if ring)


def _walk(start: DeviceId, ways: Mapping[DeviceId, Collection[DeviceId]], seen: set[DeviceId]) -> list[DeviceId]:
    """Go down from ``start`` over what was not seen; each comes after all that is behind it."""
    if start in seen:
        return []
    seen.add(start)
    order: list[DeviceId] = []
    stack = [(start, iter(ways[start]))]
    while stack:
        here, ahead = stack[-1]
        following = next((one for one in ahead if one not in seen), None)
        if following is None:
            order.append(here)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(ways[following])))
    return order
