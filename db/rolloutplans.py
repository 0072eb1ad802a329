"""Draw up a plan by what the catalogue and the inventory know; nothing is stored by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from db import firmware, rolloutfleet, rolloutpaces
from fleet.errors import BadInput
from fleet.firmware import MAIN, File, Pointer, architecture, last_old
from fleet.identity import DeviceId
from fleet.plugins import discover
from fleet.rollouts import Plan, Terms
from fleet.rollouts.candidate import Candidate, crosses
from fleet.rollouts.forecast import of_plan
from fleet.rollouts.planning import make
from fleet.strategy import Strategy
from fleet.versions import Channel, Version, hops, known, version

STRATEGIES: Final = {one.name: one for one in discover("fleet.strategies", Strategy)}
DRIVER: Final = "wireless"
MIRROR: Final = "Bring it into the mirror: flotilla firmware mirror {version}."


@dataclass(frozen=True, slots=True)
class Word:
    """What goes with a wish: ``sure`` is what a daring strategy asks for, ``holds`` tells what the mirror has."""

    sure: bool = False
    holds: Callable[[File], bool] = lambda _: True


def draft(session: Session, chosen: Collection[DeviceId], terms: Terms, now: datetime, word: Word) -> Plan:
    """Draw up a plan for some devices; raises BadInput where it cannot be, or nothing is left to do."""
    strategy = STRATEGIES.get(terms.strategy)
    if strategy is None:
        raise BadInput(
            f"There is no strategy {terms.strategy!r}.", f"Choose one of: {', '.join(sorted(STRATEGIES))}."
        )
    if strategy.daring and not word.sure:
        raise BadInput(
            f"{strategy.about} That asks for your word.", "Choose another strategy, or say that you are sure."
        )
    pointers = firmware.pointers(session)
    ways = Ways(session, terms, _target(terms, pointers), last_old(pointers), word.holds)
    meant = replace(terms, target=str(ways.target))
    made = make(rolloutfleet.read(session, chosen, now), meant, strategy, ways.way, now)
    return replace(made, forecast=of_plan(made, rolloutpaces.read(session, now), now))


def _target(terms: Terms, pointers: Sequence[Pointer]) -> Version:
    """Tell the version that is meant: itself, or where a channel points to; raises BadInput."""
    if (named := known(terms.target)) is not None:
        return named
    if terms.target not in list(Channel):
        raise BadInput(f"{terms.target!r} is neither a version nor a channel.", "Name one such as 7.24.4, or stable.")
    found = [one for one in pointers if one.channel == terms.target]
    if not found:
        raise BadInput(f"The catalogue does not know the channel {terms.target}.", firmware.SYNC)
    return found[0].version


@dataclass(slots=True)
class Ways:
    """The ways of devices to a version, by the packages that the catalogue knows and the mirror has."""

    session: Session
    terms: Terms
    target: Version
    last_old: Version
    holds: Callable[[File], bool]
    _known: dict[tuple[Version, str], Mapping[str, bool]] = field(default_factory=dict)

    def way(self, one: Candidate) -> tuple[str, ...]:
        """Tell over which versions a device goes; raises BadInput with the reason where it cannot."""
        runs = version(one.version)
        if self.target < runs:
            self._down(one)
        found = hops(runs, self.target, self.last_old)
        for step in found:
            self._stocked(one, step)
        return tuple(map(str, found))

    def _stocked(self, one: Candidate, step: Version) -> None:
        """See that there is all that a device needs for a version; raises BadInput."""
        built_for, bring = architecture(one.architecture), MIRROR.format(version=step)
        there = self._packages(step, built_for)
        if MAIN not in there:
            raise BadInput(f"The catalogue has no RouterOS {step} for {built_for}.", bring)
        wanted = one.packages | ({DRIVER} if crosses(one, step) else set())
        if missing := sorted(wanted - there.keys()):
            raise BadInput(f"RouterOS {step} has no package {', '.join(missing)} for it.", bring)
        if lacking := sorted(name for name in {*wanted, MAIN} if not there[name]):
            what = f"{', '.join(lacking)} of RouterOS {step}" if lacking != [MAIN] else f"RouterOS {step}"
            raise BadInput(f"The mirror does not hold {what} for {built_for}.", bring)

    def _down(self, one: Candidate) -> None:
        if not self.terms.downgrade:
            raise BadInput(f"It runs {one.version}, which is newer.", "Allow downgrades, if you mean it.")
        floor = known(one.floor)
        if floor is not None and self.target < floor:
            raise BadInput(f"It came with {floor} and takes nothing older.", "Choose a newer version.")

    def _packages(self, of: Version, built_for: str) -> Mapping[str, bool]:
        """Name the packages that the catalogue knows, each with whether the mirror has it."""
        if (of, built_for) not in self._known:
            files = firmware.files(self.session, of, (built_for,))
            self._known[of, built_for] = {file.package: self.holds(file) for file in files}
        return self._known[of, built_for]
