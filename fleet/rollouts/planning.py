"""Make a plan of what is wanted: who takes part, over which versions, in which wave. Pure.

Children come before their parents, whatever the strategy says, and the first of each kind before the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from fleet.errors import BadInput, FleetError
from fleet.identity import DeviceId
from fleet.rollouts import preflight
from fleet.rollouts.candidate import Candidate, Return, notes, way_back
from fleet.rollouts.ground import Ground, contracted
from fleet.rollouts.plan import Member, Plan, Skip
from fleet.rollouts.terms import Terms
from fleet.strategy import Strategy

Way = Callable[[Candidate], Sequence[str]]
"""Over which versions a device goes, the target last; none where it is there. Raises FleetError with the reason."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The devices that a filter let in, what every device of the tenant is reached over, and redundant pairs."""

    candidates: Sequence[Candidate]
    links: Mapping[DeviceId, Collection[DeviceId]]
    pairs: tuple[frozenset[DeviceId], ...] = ()


def make(fleet: Fleet, terms: Terms, strategy: Strategy, way: Way, now: datetime) -> Plan:
    """Make a plan; raises BadInput where the terms cannot be met, or nothing is left to do."""
    terms.check(now)
    members, skipped = _parted(fleet, terms, way, now)
    if not members:
        why = Counter(reason for skip in skipped for reason in skip.why)
        most = f" Most often: {why.most_common(1)[0][0]}" if why else ""
        raise BadInput(f"No device is left to upgrade.{most}", "Widen the filter, or look at the reasons one by one.")
    ids = {member.device_id for member in members}
    pairs = tuple(sorted((pair & ids for pair in fleet.pairs if len(pair & ids) > 1), key=sorted))
    above = contracted({**fleet.links, **{c.id: c.parents for c in fleet.candidates}}, ids)
    ground = Ground.of(above, pairs)
    linked = [replace(member, above=above[member.device_id]) for member in members]
    ordered = _with_canaries(_spread(linked, ground), ground, strategy)
    waves = strategy.cut(ordered, terms.batch)
    placed = _placed(_layered(waves, ordered, ground), ordered)
    return Plan(terms, placed, skipped, pairs, strategy.proving)


def _parted(fleet: Fleet, terms: Terms, way: Way, now: datetime) -> tuple[list[Member], tuple[Skip, ...]]:
    """Tell who takes part and who does not; both in the order of names."""
    below: defaultdict[DeviceId, set[DeviceId]] = defaultdict(set)
    for child, above in {**fleet.links, **{one.id: one.parents for one in fleet.candidates}}.items():
        for parent in above:
            below[parent].add(child)
    members: list[Member] = []
    skipped: list[Skip] = []
    for one in sorted(fleet.candidates, key=lambda candidate: (candidate.name, candidate.id)):
        found = _member(one, frozenset(below.get(one.id, ())), terms, way, now)
        if isinstance(found, Member):
            members.append(found)
        else:
            skipped.append(Skip(one.id, one.name, found))
    return members, tuple(skipped)


def _member(
    candidate: Candidate, below: frozenset[DeviceId], terms: Terms, way: Way, now: datetime
) -> Member | tuple[str, ...]:
    if why := preflight.stored(candidate, now):
        return why
    try:
        hops = tuple(way(candidate))
    except FleetError as error:
        return (str(error),)
    if not hops:
        return (f"It runs {candidate.version} already.",)
    back = way_back(candidate, hops[-1])
    if terms.strict and below and back is Return.NONE:
        return ("Other devices are reached over it, and it could not be taken back.",)
    return Member(
        device_id=candidate.id,
        name=candidate.name,
        site=candidate.site,
        serial=candidate.serial,
        architecture=candidate.architecture,
        kind=candidate.kind,
        version=candidate.version,
        hops=hops,
        back=back,
        parent=bool(below),
        below=below,
        notes=notes(candidate, hops),
    )


def _spread(members: Iterable[Member], ground: Ground) -> list[Member]:
    """Put leaves first, and within a height one of each site after the other."""
    heights = ground.heights()
    turn: Counter[tuple[int, str | None]] = Counter()
    order: dict[DeviceId, tuple[int, int, str, DeviceId]] = {}
    listed = list(members)
    for member in listed:
        height = heights[member.device_id]
        order[member.device_id] = (height, turn[height, member.site], member.site or "", member.device_id)
        turn[height, member.site] += 1
    return sorted(listed, key=lambda member: order[member.device_id])


def _with_canaries(members: Sequence[Member], ground: Ground, strategy: Strategy) -> list[Member]:
    """Mark the first of each kind, and put it before the others of its height."""
    if not strategy.proving:
        return list(members)
    first: dict[str, DeviceId] = {}
    for member in members:
        first.setdefault(member.kind, member.device_id)
    marked = [replace(member, canary=first[member.kind] == member.device_id) for member in members]
    heights = ground.heights()
    return sorted(marked, key=lambda member: (heights[member.device_id], not member.canary))


def _layered(waves: Sequence[Sequence[Member]], ordered: Sequence[Member], ground: Ground) -> dict[DeviceId, int]:
    """Tell the wave of each: as cut, but not before its children, nor with the canary of its kind or its twin."""
    # Between two waves there is room for the canaries of the second, so that they go alone.
    wanted = {one.device_id: 2 * number + (not one.canary) for number, wave in enumerate(waves) for one in wave}
    if wanted.keys() != {member.device_id for member in ordered}:
        raise ValueError("a strategy cuts all devices that it was given")
    canaries = {member.kind: member.device_id for member in ordered if member.canary}
    twins = ground.twins()
    wave: dict[DeviceId, int] = {}
    for member in ordered:
        below = (wave[child] for child in _children(member.device_id, ground))
        behind = () if member.canary or member.kind not in canaries else (wave[canaries[member.kind]] + 1,)
        first = max(wanted[member.device_id], *below, *behind, 0)
        taken = {wave[twin] for twin in twins.get(member.device_id, ()) if twin in wave}
        wave[member.device_id] = next(number for number in count(first) if number not in taken)
    return wave


def _children(device_id: DeviceId, ground: Ground) -> Iterator[DeviceId]:
    for place in ground.children[ground.ring[device_id]]:
        yield from ground.rings[place]


def _placed(wave: Mapping[DeviceId, int], ordered: Sequence[Member]) -> tuple[Member, ...]:
    """Number the waves without gaps, and the places of their devices."""
    numbers = {number: place for place, number in enumerate(sorted(set(wave.values())))}
    placed = sorted(ordered, key=lambda member: wave[member.device_id])
    return tuple(
        replace(member, wave=numbers[wave[member.device_id]], place=place) for place, member in enumerate(placed)
    )
