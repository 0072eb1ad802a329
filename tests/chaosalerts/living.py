"""An engine that nobody disturbs lives through a history: what it finds is what must be found by all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from actors.alerter import LATE
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.engine import Engine
from fleet.alerts.ground import Facts, Ground
from fleet.alerts.rule import Rule, Scope
from fleet.identity import DeviceId, TenantId
from tests.chaosalerts.fleet import Fleet
from tests.chaosalerts.polls import steps

NORTH: Final = TenantId(UUID(int=1))
STEP: Final = timedelta(minutes=1)
"""How far time is let pass at once: an alerter does it every five seconds, which makes no difference here."""


Told = Counter[tuple[DeviceId, str]]
"""How often something was told of a device by the name of a rule."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose the devices of a fleet are, and by which rules they are judged."""

    owners: dict[DeviceId, TenantId]
    rules: Sequence[Rule]

    def ground(self, fleet: Fleet) -> Ground:
        """Lay the ground as the store would."""
        every = fleet.wish.interval
        facts = {
            one: Facts(owner, name(fleet, one), frozenset({Scope()}), every) for one, owner in self.owners.items()
        }
        return Ground.of(self.rules, facts, fleet.parents, fleet.windows)


def name(fleet: Fleet, device_id: DeviceId) -> str:
    """Name a device by its place."""
    return f"router-{fleet.ids.index(device_id):03}"


def alone(fleet: Fleet) -> Owned:
    """Give all to one tenant, with the rules with which every tenant begins."""
    rules = [
        Rule(
            id=uuid5(NORTH, one.name),
            tenant_id=NORTH,
            name=one.name,
            condition=one.condition,
            severity=one.severity,
            hold=one.hold,
            keep=one.keep,
        )
        for one in DEFAULTS
    ]
    return Owned(dict.fromkeys(fleet.ids, NORTH), rules)


def lived(fleet: Fleet, owned: Owned, step: timedelta = STEP) -> Iterator[Deed]:
    """Yield what becomes of alerts in a history; time passes step by step, as the alerter lets it."""
    engine, ground = Engine(), owned.ground(fleet)
    for until, said in steps(fleet, owned.owners, step):
        yield from engine.settle(ground, until - step)
        yield from engine.hear(said)
        yield from engine.settle(ground, until)
        yield from engine.look(until - LATE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history came to: alerts told and their ends by device and rule, and whatever was not as it must be."""

    fired: Told
    resolved: Told
    suppressed: int
    wrong: list[str]
    wrong_cause: list[str]


def judged(fleet: Fleet, deeds: Iterable[Deed]) -> Verdict:
    """Compare what was found with what befell: one alert for one cause, at the device that is the cause."""
    found = list(deeds)
    fired, resolved = (_counted(found, act) for act in (Act.FIRE, Act.RESOLVE))
    due = _expected(fleet)
    wrong = [
        f"{rule} of {name(fleet, one)}: begins {fired[one, rule]}, ends {resolved[one, rule]}, of {due[one, rule]}"
        for one, rule in sorted(fired | resolved | due)
        if not fired[one, rule] == resolved[one, rule] == due[one, rule]
    ]
    hidden = [deed for deed in found if deed.act is Act.SUPPRESS]
    untrue = [
        f"{deed.device} at {deed.at:%d %H:%M}: {'nobody' if deed.cause is None else name(fleet, deed.cause)}"
        for deed in hidden
        if not explains(fleet, deed.device_id, deed.cause)
    ]
    return Verdict(fired, resolved, len(hidden), wrong, untrue)


def _expected(fleet: Fleet) -> Told:
    """Tell how often each rule must fire for each device."""
    return Told((fleet.ids[one.place], one.fires) for one in fleet.mishaps if one.fires)


def _counted(deeds: Sequence[Deed], act: Act) -> Told:
    return Told((deed.device_id, deed.rule.name) for deed in _told(deeds, act))


def _told(deeds: Sequence[Deed], act: Act) -> Iterator[Deed]:
    """Yield what people are told: what fired, and the end of what had fired; each once."""
    had = {deed.alert_id for deed in deeds if deed.act is Act.FIRE}
    yield from {deed.alert_id: deed for deed in deeds if deed.act is act and deed.alert_id in had}.values()


def explains(fleet: Fleet, device: DeviceId, cause: DeviceId | None) -> bool:
    """Tell whether the device that is called the cause was away itself, and is above the one that it explains."""
    place = fleet.ids.index(device)
    above = set(fleet.above(place)) - {place}
    return any(one.place in above and one.away and fleet.ids[one.place] == cause for one in fleet.mishaps)
