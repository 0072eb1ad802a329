"""What pollers would have stored of a tenant's devices: a state, a row of every family, an item of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bench.attack import words
from bench.attack.house import House
from bench.attack.people import Tenant
from db.ingest import Ingest
from fleet.clock import SystemClock
from fleet.device import State
from fleet.events import (
    DeviceInventoryEvent,
    DeviceMetricsEvent,
    DeviceStatusEvent,
    Event,
    FamilyRows,
    KindItems,
    Received,
)
from fleet.families import Cycle, Family
from fleet.families import Kind as Sort
from fleet.inventory import Fact, Facts, Item, Kind, Shape
from routeros import collectors
from routeros.inventory import kinds

STREAM = "ATTACK"


async def store(house: House, tenant: Tenant, devices: Sequence[UUID], at: datetime) -> None:
    """Store it as a writer does; what was there of an item a minute before differs, so that there are changes."""
    families = collectors.families()
    batches = [
        [event for device in devices for event in _events(tenant, device, at + timedelta(minutes=minute), families)]
        for minute in range(2)
    ]
    url = house.stores.url("flotilla_ingest")
    async with Ingest(url, families, f"attack-{tenant.slug}", {STREAM: at}, SystemClock()) as into:
        for place, events in enumerate(batches):
            first = place * len(events) + 1
            await into.write([Received(STREAM, first + n, "device", event) for n, event in enumerate(events)])


def _events(tenant: Tenant, device: UUID, at: datetime, families: dict[str, Family]) -> list[Event]:
    whose: dict[str, Any] = {"tenant_id": tenant.id, "device_id": device, "at": at}
    told: dict[str, Any] = {name: words.token() for name in ("identity", "version", "model", "serial", "error")}
    rows = tuple(_rows(family) for family in families.values())
    items = tuple(_items(kind) for kind in kinds().values())
    return [
        DeviceStatusEvent(**whose, state=State.UP, uptime_seconds=60.0, error_code="unreachable", **told),
        DeviceMetricsEvent(**whose, cycle=Cycle.FAST, families=rows),
        DeviceInventoryEvent(**whose, kinds=items),
    ]


def _rows(family: Family) -> FamilyRows:
    columns = [
        (column.name, int(field.kind is not Sort.STATE)) for field in family.fields for column in field.columns
    ]
    names, values = zip(*columns, strict=True)
    return FamilyRows(family.name, names, (tuple(words.token() for _ in family.labels),), (values,))


def _items(kind: Kind) -> KindItems:
    facts: Facts = {fact.name: _fact(fact.shape) for fact in kind.fields}
    key = "/".join(str(facts[name]) for name in kind.key) if kind.key else ""
    return KindItems(kind.name, (Item(key, facts),), 1)


def _fact(shape: Shape) -> Fact:
    made: dict[Shape, Fact] = {Shape.TEXT: words.token(), Shape.NUMBER: 7, Shape.FLAG: True}
    return made[shape]
