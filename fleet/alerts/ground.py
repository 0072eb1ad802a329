"""What alerts are judged by besides what devices tell: the rules, and who the devices are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from fleet.alerts import rule as rules_of
from fleet.alerts.cause import Health
from fleet.alerts.rule import MEASURED, Rule, Scope, Test
from fleet.alerts.usual import Usuals
from fleet.identity import DeviceId, TenantId
from fleet.spans import Span


@dataclass(frozen=True, slots=True)
class Facts:
    """A device as rules see it: whose it is, its name, and every scope that it belongs to.

    ``health`` is what the store knows of it, for an engine that has just begun.
    """

    tenant_id: TenantId
    name: str
    scopes: frozenset[Scope]
    interval: timedelta = timedelta(seconds=60)
    health: Health = field(default_factory=Health)
    heard: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of a device by what they look at: its families, its state, and what it has to be heard of."""

    rules: Mapping[UUID, Rule]
    families: Mapping[str, tuple[Rule, ...]]
    states: tuple[Rule, ...]
    absent: tuple[Rule, ...]
    facts: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Self:
        """Sort rules."""
        families: dict[str, list[Rule]] = defaultdict(list)
        for one in rules:
            if one.condition.test in (Test.VALUE, Test.BASELINE, *MEASURED):
                families[one.condition.family].append(one)
        return cls(
            {one.id: one for one in rules},
            {name: tuple(those) for name, those in families.items()},
            tuple(one for one in rules if one.condition.test is Test.STATE),
            tuple(one for one in rules if one.condition.test is Test.ABSENT),
            tuple(one for one in rules if one.condition.test is Test.FACT),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knew of devices at an instant, by the names of facts; of a device that is left out nothing."""

    at: datetime | None = None
    facts: Mapping[str, Mapping[DeviceId, float]] = field(default_factory=dict)


NONE = Plan({}, {}, (), ())


@dataclass(frozen=True, slots=True)
class Ground:
    """Devices with the plan of each, what it is reached over, its times of maintenance near, and what is usual."""

    devices: Mapping[DeviceId, Facts] = field(default_factory=dict)
    plans: Mapping[DeviceId, Plan] = field(default_factory=dict)
    parents: Mapping[DeviceId, frozenset[DeviceId]] = field(default_factory=dict)
    windows: Mapping[DeviceId, tuple[Span, ...]] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    usuals: Usuals = field(default_factory=Usuals)

    @classmethod
    def of(
        cls,
        rules: Iterable[Rule],
        devices: Mapping[DeviceId, Facts],
        parents: Mapping[DeviceId, frozenset[DeviceId]],
        windows: Mapping[DeviceId, tuple[Span, ...]],
    ) -> Self:
        """Lay the ground; devices that have the same rules share a plan."""
        mine: dict[TenantId, list[Rule]] = defaultdict(list)
        for one in rules:
            mine[one.tenant_id].append(one)
        made: dict[tuple[TenantId, frozenset[Scope]], Plan] = {}
        named = {tenant: {one.scope for one in those} for tenant, those in mine.items()}
        plans: dict[DeviceId, Plan] = {}
        for device_id, facts in devices.items():
            key = facts.tenant_id, facts.scopes & named.get(facts.tenant_id, set())
            if key not in made:
                chosen = rules_of.chosen(mine.get(facts.tenant_id, ()), dict.fromkeys(key[1]))
                made[key] = Plan.of(chosen)
            plans[device_id] = made[key]
        return cls(devices, plans, parents, windows)

    def facts(self) -> Iterator[tuple[DeviceId, Rule, float | None]]:
        """Yield what is known under each rule of a fact; None where nothing is."""
        for device_id, plan in self.plans.items():
            for one in plan.facts:
                if one.condition.field in self.known.facts:
                    yield device_id, one, self.known.facts[one.condition.field].get(device_id)

    def working(self, device_id: DeviceId, now: datetime) -> tuple[bool, datetime | None]:
        """Tell whether a device is in maintenance, and when its last time of it ended that has."""
        rested: datetime | None = None
        for start, end in self.windows.get(device_id, ()):
            if start <= now < end:
                return True, rested
            if end <= now:
                rested = end
        return False, rested
