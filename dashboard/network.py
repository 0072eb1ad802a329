"""The network as neighbours tell it: devices, what joins them, which way leads out, and what hangs on whom. Pure.

A link is taken for a cable where LLDP was heard, for that comes no further; what MNDP alone heard is a link where no
other way is known, since bridges carry it to everybody. What hangs on a device is what has no other way out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.roster import Entry
from db.neighbours import Heard, Surroundings, WayOut
from fleet.device import State

GONE = (State.DOWN, State.STALE)


@dataclass(frozen=True, slots=True)
class Node:
    """A device of the tenant (``entry``), or an unmanaged neighbour (as it was ``heard``)."""

    key: str
    name: str
    site: str
    entry: Entry | None = None
    heard: Heard | None = None

    @property
    def gone(self) -> bool:
        """Tell whether it is a device that does not answer."""
        return self.entry is not None and self.entry.state in GONE


@dataclass(frozen=True, slots=True)
class Link:
    """What joins two nodes, the port of each, and whether a cable is known."""

    one: str
    other: str
    ports: tuple[str, str]
    wired: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes that are joined, from the way out on: ``parent`` tells who is before each, ``hanging`` how many behind.

    ``known`` says that the way out is known by a default route; else the one with the most links stands for it.
    """

    roots: tuple[str, ...]
    known: bool
    nodes: tuple[str, ...]
    parent: Mapping[str, str]
    hanging: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Network:
    """All parts, those with trouble first."""

    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    parts: tuple[Part, ...]
    beside: Mapping[str, tuple[str, ...]] = field(repr=False)
    whole: bool = True

    def blast(self, key: str) -> frozenset[str]:
        """Tell who has no way out without a node, itself not among them."""
        part = next((part for part in self.parts if key in part.nodes), None)
        if part is None:
            return frozenset()
        reached = set(_reach([root for root in part.roots if root != key], self.beside, {key}))
        return frozenset(set(part.nodes) - reached - {key})

    def behind(self, part: Part) -> dict[str, str]:
        """Tell of each device that does not answer which one before it does not either: the first on the way."""
        found: dict[str, str] = {}
        for key in part.nodes:
            before = part.parent.get(key)
            if self.nodes[key].gone and before is not None and self.nodes[before].gone:
                found[key] = found.get(before, before)
        return found


def of(entries: Sequence[Entry], told: Surroundings) -> Network:
    """Make the network of a tenant's devices and what they heard."""
    nodes, pairs = _pairs(entries, told.heard)
    links = tuple(_chosen(nodes, pairs))
    beside: dict[str, list[str]] = {key: [] for key in nodes}
    for link in links:
        beside[link.one].append(link.other)
        beside[link.other].append(link.one)
    settled = {key: tuple(sorted(others, key=lambda k: nodes[k].name)) for key, others in beside.items()}
    ways: dict[str, list[WayOut]] = defaultdict(list)
    for way in told.ways_out:
        ways[str(way.device_id)].append(way)
    parts = [_part(keys, nodes, settled, ways) for keys in _components(nodes, settled)]
    ranked = sorted(parts, key=lambda part: _rank(part, nodes))
    return Network(nodes, links, tuple(ranked), settled, told.whole)


def _rank(part: Part, nodes: Mapping[str, Node]) -> tuple[int, str, str]:
    first = nodes[part.roots[0]]
    return -sum(nodes[key].gone for key in part.nodes), first.site, first.name


def _pairs(
    entries: Sequence[Entry], heard: Iterable[Heard]
) -> tuple[dict[str, Node], dict[tuple[str, str], list[Heard]]]:
    """Find out whose the neighbours are: by hardware address, or by an identity that one device alone has."""
    nodes = {str(e.row.id): Node(str(e.row.id), e.row.name, e.row.site or "", e) for e in entries}
    counts = Counter(e.row.identity for e in entries if e.row.identity)
    named = {e.row.identity: str(e.row.id) for e in entries if e.row.identity and counts[e.row.identity] == 1}
    pairs: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in heard:
        mine = str(one.device_id)
        theirs = str(one.owner) if one.owner else named.get(one.identity)
        if mine not in nodes or theirs == mine:
            continue
        if theirs is None or theirs not in nodes:
            theirs = f"~{one.mac or one.address or one.identity}"
            nodes.setdefault(theirs, Node(theirs, one.identity or one.mac, nodes[mine].site, heard=one))
        pairs[mine, theirs].append(one)
    return nodes, pairs


def _chosen(nodes: Mapping[str, Node], pairs: Mapping[tuple[str, str], list[Heard]]) -> Iterator[Link]:
    """Choose the links: all cables, then what joins parts that no cable joins."""
    links: dict[frozenset[str], Link] = {}
    for (one, other), heard in pairs.items():
        wired = any("lldp" in told.by or "cdp" in told.by for told in heard)
        known = links.get(frozenset((one, other)))
        if known is None or (wired and not known.wired):
            back = pairs.get((other, one), [])
            links[frozenset((one, other))] = Link(one, other, (_port(heard, back), _port(back, heard)), wired)
    leader = {key: key for key in nodes}

    def find(key: str) -> str:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for link in sorted(links.values(), key=lambda found: (not found.wired, found.one, found.other)):
        one, other = find(link.one), find(link.other)
        if link.wired or one != other:
            leader[one] = other
            yield link


def _port(heard: Sequence[Heard], back: Sequence[Heard]) -> str:
    """Tell the port at which somebody was heard; else as the other side was told of it."""
    if heard:
        return heard[0].interface.split(",")[0]
    return back[0].port.rpartition("/")[2] if back else ""


def _components(nodes: Mapping[str, Node], beside: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    seen: set[str] = set()
    for key in nodes:
        if key not in seen and beside[key]:
            found = list(_reach([key], beside, set()))
            seen.update(found)
            yield found


def _reach(starts: Sequence[str], beside: Mapping[str, tuple[str, ...]], without: set[str]) -> Iterator[str]:
    """Go from neighbour to neighbour, the nearest first."""
    seen = {*starts, *without}
    waiting = list(starts)
    for key in waiting:
        yield key
        new = [other for other in beside[key] if other not in seen]
        seen.update(new)
        waiting += new


def _part(
    keys: Sequence[str],
    nodes: Mapping[str, Node],
    beside: Mapping[str, tuple[str, ...]],
    ways: Mapping[str, Sequence[WayOut]],
) -> Part:
    inside = set(keys)

    def leads_out(way: WayOut) -> bool:
        return not any(str(owner) in inside and owner != way.device_id for owner in way.owners)

    found = (key for key in keys if any(leads_out(way) for way in ways.get(key, ())))
    roots = sorted(found, key=lambda key: nodes[key].name)
    known = bool(roots)
    if not known:
        roots = [max(keys, key=lambda key: (nodes[key].entry is not None, len(beside[key]), nodes[key].name))]
    parent: dict[str, str] = {}
    order = list(_reach(roots, beside, set()))
    place = {key: number for number, key in enumerate(order)}
    for key in order:
        if key not in roots:
            parent[key] = min(beside[key], key=place.__getitem__)
    return Part(tuple(roots), known, tuple(order), parent, _hanging(roots, beside))


def _hanging(roots: Sequence[str], beside: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Count for each node of a part those that have no way out without it.

    Found by one walk into the depth from a root beyond all ways out: a branch hangs on a node where no link leads
    from within it to before the node (Tarjan 1972).
    """
    out = ""
    around = {**{key: beside[key] for key in _reach(roots, beside, set())}, out: tuple(roots)}
    for root in roots:
        around[root] = (*around[root], out)
    when, low, size, hanging = {out: 0}, {out: 0}, Counter({out: 1}), Counter[str]()
    stack = [(out, iter(around[out]))]
    while stack:
        key, others = stack[-1]
        other = next(others, None)
        if other is None:
            stack.pop()
            if stack:
                before = stack[-1][0]
                low[before] = min(low[before], low[key])
                size[before] += size[key]
                hanging[before] += size[key] if low[key] >= when[before] else 0
        elif other in when:
            low[key] = min(low[key], when[other])
        else:
            when[other] = low[other] = len(when)
            size[other] = 1
            stack.append((other, iter(around[other])))
    return {key: hanging[key] for key in when if key != out}
