"""Which devices make which wave of a campaign, by what is known of them: where they stand, what they hang on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import filters, topology
from db.campaigndeeds import Chosen
from db.inventory import WITH_STATE
from db.tables import device_state, devices
from fleet import campaigns
from fleet.campaigns import MOST_DEVICES, WAVES, Candidate
from fleet.device import State
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.pushes import Override
from fleet.rollouts.ground import Ground, contracted

REACHED = (State.UP.value, State.DEGRADED.value)


@dataclass(frozen=True, slots=True)
class Plan:
    """How devices are to be cut into waves, and the overrides that some of them have."""

    waves: Sequence[str] = WAVES
    canaries: Sequence[DeviceId] = ()
    overrides: Mapping[DeviceId, Override] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Muster:
    """The sizes of the waves, and the devices in their order."""

    sizes: Sequence[int]
    chosen: Sequence[Chosen]


def muster(session: Session, meant: Sequence[DeviceId], plan: Plan, now: datetime) -> Muster:
    """Order devices and cut them into waves; raises BadInput for none, too many, and for one that is not there."""
    found = _candidates(session, meant, now)
    there = {one.device_id for one in found}
    if not found:
        raise BadInput("No device is meant.", "Widen the filter, or look at the list of devices.")
    if len(found) > MOST_DEVICES:
        raise BadInput(f"These are {len(found)} devices.", f"Push to at most {MOST_DEVICES} at once.")
    for device_id in (*plan.canaries, *plan.overrides):
        if device_id not in there:
            raise BadInput(f"The device {device_id} is not among those that are meant.", "Widen the filter.")
    canaries = list(dict.fromkeys(plan.canaries))
    parents = parenthood(session, there)
    ordered = campaigns.order(found, parents, canaries)
    sizes = campaigns.sizes(plan.waves, len(ordered), len(canaries))
    cut = campaigns.cut(sizes)
    chosen = [
        Chosen(one.device_id, place, cut[place], parents.get(one.device_id), plan.overrides.get(one.device_id))
        for place, one in enumerate(ordered)
    ]
    return Muster(sizes, chosen)


def there(session: Session, named: Sequence[UUID]) -> set[DeviceId]:
    """Tell which of these the tenant has."""
    query = select(devices.c.id).where(devices.c.id == any_(literal(list(named), ARRAY(Uuid))))
    return {DeviceId(found) for found in session.scalars(query)}


def identified(session: Session, among: Sequence[DeviceId], identity: str) -> DeviceId:
    """Find the one of some devices that calls itself so; raises BadInput where there is none, or several."""
    own = (devices.c.id == any_(literal(list(among), ARRAY(Uuid))), device_state.c.identity == identity)
    found = session.scalars(select(devices.c.id).select_from(WITH_STATE).where(*own).limit(2)).all()
    if len(found) != 1:
        several = "Several" if found else "None"
        raise BadInput(f"{several} of the devices that are meant is called {identity!r}.", "Write one's identity.")
    return DeviceId(found[0])


def parenthood(session: Session, among: set[DeviceId]) -> dict[DeviceId, DeviceId]:
    """Tell which of some devices is reached through which other."""
    return Ground.of(contracted(topology.links(session), among)).line()


def _candidates(session: Session, meant: Sequence[DeviceId], now: datetime) -> list[Candidate]:
    query = (
        select(devices.c.id, devices.c.name, devices.c.site_id, filters.shown_state(now))
        .select_from(WITH_STATE)
        .where(devices.c.id == any_(literal(list(meant), ARRAY(Uuid))))
    )
    return [Candidate(DeviceId(row[0]), row[1], row[2], row[3] in REACHED) for row in session.execute(query)]
