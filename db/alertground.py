"""What alerts are judged by, read tenant by tenant through the tenants' door: rules, devices, links, windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import alertfacts, alertrules, planned, topology, undertaken
from db.alertfacts import Fact
from db.alertusual import Almanac
from db.engine import Stores
from db.filters import Filter
from db.grouptables import device_groups
from db.inventory import WITH_STATE
from db.platform import platform_session
from db.ranges import Range
from db.tables import device_state, device_tags, devices, tenants
from db.tenancy import tenant_session
from fleet import spans
from fleet.alerts.cause import Health
from fleet.alerts.ground import Facts, Ground, Known
from fleet.alerts.rule import Reach, Rule, Scope, Test
from fleet.belonging import NO_SITE
from fleet.device import State
from fleet.families import Family
from fleet.identity import DeviceId, Principal, Role, SiteId, TenantId
from fleet.spans import Span

BY: Final = "alerts"
LINKS_EVERY: Final = timedelta(minutes=5)
NEAR: Final = timedelta(hours=1)
"""Times of maintenance that ended longer ago say nothing of an alert any more."""

Links = Mapping[DeviceId, frozenset[DeviceId]]


@dataclass(slots=True)
class Surveyor:
    """Reads the ground again and again; what is reached over what, and facts, are read more rarely than all else."""

    stores: Stores
    facts: Sequence[Fact] = ()
    families: Mapping[str, Family] = field(default_factory=dict)
    _known: Known = field(default_factory=Known)
    _almanac: Almanac = field(init=False)
    _links: dict[TenantId, Links] = field(default_factory=dict)
    _linked: datetime | None = None

    def __post_init__(self) -> None:
        self._almanac = Almanac(self.families)

    def survey(self, now: datetime) -> Ground:
        """Read the ground of all tenants; raises Unavailable while the database is away."""
        with platform_session(self.stores, "whose alerts are judged") as session:
            owners = [TenantId(one) for one in session.scalars(select(tenants.c.id))]
        afresh = self._linked is None or now - self._linked >= LINKS_EVERY
        rules: list[Rule] = []
        facts: dict[DeviceId, Facts] = {}
        windows: dict[DeviceId, tuple[Span, ...]] = {}
        told = defaultdict[str, dict[DeviceId, float]](dict)
        for owner in owners:
            with self._door(owner) as session:
                mine = [row.rule for row in alertrules.every(session)]
                seen, places = devices_of(session, owner, mine, now)
                rules += mine
                facts |= seen
                windows |= _windows(session, places, now)
                if afresh or owner not in self._links:
                    self._links[owner] = topology.links(session)
                if afresh:
                    for name, values in alertfacts.known(session, self.facts, _judged(mine), now).items():
                        told[name] |= values
        self._known = Known(now, told) if afresh else self._known
        self._linked = now if afresh else self._linked
        parents = {device: those for owner in owners for device, those in self._links[owner].items()}
        ground = replace(Ground.of(rules, facts, parents, windows), known=self._known)
        return replace(ground, usuals=self._almanac.turn(self._door, ground, now))

    def _door(self, owner: TenantId) -> AbstractContextManager[Session]:
        return tenant_session(self.stores, Principal.person(owner, BY, Role.VIEWER))


def _windows(
    session: Session, places: Mapping[DeviceId, SiteId | None], now: datetime
) -> dict[DeviceId, tuple[Span, ...]]:
    """Tell when devices are not watched: while people work on them, and while we do ourselves."""
    found = planned.times(session, Range(now - NEAR, now + NEAR), places)
    for device_id, those in undertaken.times(session, now, NEAR).items():
        found[device_id] = spans.merged((*found.get(device_id, ()), *those))
    return found


def _judged(rules: Iterable[Rule]) -> set[str]:
    """Name the facts that rules ask for."""
    return {one.condition.field for one in rules if one.enabled and one.condition.test is Test.FACT}


def devices_of(
    session: Session, owner: TenantId, rules: list[Rule], now: datetime
) -> tuple[dict[DeviceId, Facts], dict[DeviceId, SiteId | None]]:
    """Read the devices of a tenant as its rules see them, and where each stands."""
    words = defaultdict[UUID, list[Scope]](list)
    for device_id, tag in session.execute(select(device_tags.c.device_id, device_tags.c.tag)):
        words[device_id].append(Scope(Reach.TAG, tag))
    for scope in {rule.scope for rule in rules if rule.scope.reach is Reach.GROUP}:
        for device_id in _grouped(session, scope.of, now):
            words[device_id].append(scope)
    state = device_state.c
    asked = select(
        *(devices.c.id, devices.c.name, devices.c.site_id, devices.c.interval_seconds, state.model),
        *(state.state, state.since, state.heard_at, state.error_code),
    ).select_from(WITH_STATE)
    facts: dict[DeviceId, Facts] = {}
    places: dict[DeviceId, SiteId | None] = {}
    for row in session.execute(asked):
        device_id = DeviceId(row.id)
        scopes = {Scope(), Scope(Reach.DEVICE, str(row.id)), *words[row.id]}
        scopes |= {Scope(Reach.SITE, str(row.site_id))} if row.site_id else set()
        scopes |= {Scope(Reach.MODEL, row.model)} if row.model else set()
        interval = timedelta(seconds=row.interval_seconds)
        facts[device_id] = Facts(owner, row.name, frozenset(scopes), interval, _health(row), row.heard_at)
        places[device_id] = None if row.site_id is None else SiteId(row.site_id)
    return facts, places


def _health(row: Any) -> Health:
    """Tell what the store knows of a device; whether it answered at its last word, its state says."""
    state = None if row.state is None else State(row.state)
    well = state in (State.UP, State.DEGRADED)
    failing = state is State.DOWN or (state is State.UP and row.error_code is not None)
    answered, back = (row.heard_at, row.since) if well else (None, None)
    return Health(state=state, answered=answered, back=back, failing=failing, stored=row.heard_at)


def _grouped(session: Session, group_id: str, now: datetime) -> list[UUID]:
    """Find who is in a group; one that is there no more has nobody."""
    kept = session.scalar(select(device_groups.c.filter).where(device_groups.c.id == UUID(group_id)))
    if kept is None:
        return []
    meant = Filter(
        now=now,
        states=[State(one) for one in kept.get("state") or ()],
        text=kept.get("q"),
        sites=[None if one == NO_SITE else SiteId(UUID(one)) for one in kept.get("site") or ()],
        any_tag=kept.get("tag") or (),
        all_tags=kept.get("tags_all") or (),
        models=kept.get("model") or (),
        versions=kept.get("version") or (),
    )
    return list(session.scalars(select(devices.c.id).select_from(WITH_STATE).where(*meant.conditions())))
