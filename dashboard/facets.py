"""How many devices of the fleet have each value, of those that all other filters let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard import roster
from dashboard.listing import KINDS, Listing
from dashboard.roster import Entry, Roster
from fleet.belonging import NO_SITE, NO_TAG

UNKNOWN: Final = "(unknown)"
"""The model and the version of a device that has not told them."""

NONE: Final = frozenset({NO_SITE, NO_TAG, UNKNOWN})
"""What stands for having no value."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of a kind, how many devices one would see with it, and whether it is chosen."""

    value: str
    devices: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Sifted:
    """The devices that a listing lets in, by name, and the counts of each kind by value."""

    entries: Sequence[Entry]
    counts: Mapping[str, Mapping[str, int]]

    def facets(self, kind: str, listing: Listing) -> list[Facet]:
        """Tell the values of a kind: those that are chosen first, then the most frequent, and last who has none."""
        chosen = listing.of(kind)
        there = dict.fromkeys(chosen, 0) | dict(self.counts[kind])
        found = [Facet(value, number, value in chosen) for value, number in there.items()]
        return sorted(found, key=_prominence)


def _prominence(one: Facet) -> tuple[object, ...]:
    return not one.chosen, one.value in NONE, -one.devices, roster.natural(one.value)


def sift(fleet: Roster, listing: Listing) -> Sifted:
    """Choose the devices that a listing lets in, and count.

    A device that one kind alone keeps out is counted with the values of that kind: so each count tells what one
    would see on choosing it too.
    """
    return fleet.once(("sifted", listing.key), lambda: _sift(fleet, listing))


def ordered(fleet: Roster, listing: Listing) -> Sequence[Entry]:
    """Choose the devices that a listing lets in, in its order."""
    key = ("ordered", listing.key, listing.sort)
    return fleet.once(key, lambda: roster.ordered(sift(fleet, listing).entries, listing.sort))


def _sift(fleet: Roster, listing: Listing) -> Sifted:
    words = listing.q.lower().split()
    asked = [(kind, VALUES[kind], frozenset(listing.of(kind))) for kind in KINDS if listing.of(kind)]
    let_in: list[Entry] = []
    nearly: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for entry in fleet.entries:
        if words and not all(word in entry.text for word in words):
            continue
        missing = [kind for kind, values, wanted in asked if wanted.isdisjoint(values(entry))]
        if not missing:
            let_in.append(entry)
        elif len(missing) == 1:
            nearly[missing[0]].append(entry)
    return Sifted(let_in, {kind: _counted(kind, let_in, nearly[kind]) for kind in KINDS})


def _counted(kind: str, *some: Sequence[Entry]) -> Counter[str]:
    values = VALUES[kind]
    return Counter(value for entries in some for entry in entries for value in values(entry))


VALUES: Mapping[str, Callable[[Entry], tuple[str, ...]]] = {
    "status": lambda entry: (entry.state.value,),
    "site": lambda entry: (entry.row.site or NO_SITE,),
    "tag": lambda entry: entry.row.tags or (NO_TAG,),
    "model": lambda entry: (entry.row.model or UNKNOWN,),
    "version": lambda entry: (entry.row.version or UNKNOWN,),
    "group": lambda entry: entry.groups,
}
"""The values of a device, of each kind."""
