"""How many leases the routers had in the hours before a rollout, as their pollers would have counted them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import metric_tables
from fleet.device import Device
from fleet.resolutions import Resolution
from routeros import collectors
from routeros.simulator.device import lan
from routeros.simulator.device.model import Model

HOURS: Final = 14
LOOK: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)

_KNOWN: Final[dict[tuple[int, datetime], list[Mapping[str, Any]]]] = {}
"""What was counted of a router before an hour: every run has the same routers at the same time."""


def remember(session: Session, routers: Sequence[tuple[Device, Model]], now: datetime) -> None:
    """Store the hours before ``now`` of those routers that serve DHCP."""
    table = metric_tables.stored(collectors.families()["dhcp"], Resolution.HOUR)
    hour = now.replace(minute=0, second=0, microsecond=0)
    rows = [
        {"device_id": one.id, "tenant_id": one.tenant_id, **told}
        for one, model in routers
        for told in _told(model, hour)
    ]
    if rows:
        session.execute(insert(table), rows)


def _told(model: Model, hour: datetime) -> Sequence[Mapping[str, Any]]:
    if (model.root, hour) not in _KNOWN:
        _KNOWN[model.root, hour] = list(_counted(model, hour))
    return _KNOWN[model.root, hour]


def _counted(model: Model, hour: datetime) -> Iterator[Mapping[str, Any]]:
    for back in range(1, HOURS + 1):
        start = hour - back * HOUR
        looks = [
            Counter(host.net.name for host in lan.hosts(model, (start + n * LOOK).timestamp()))
            for n in range(HOUR // LOOK)
        ]
        for net in lan.nets(model):
            seen = [look[net.name] for look in looks]
            yield {
                "time": start,
                "server": net.name,
                "rows": len(looks),
                "leases_bound_min": min(seen),
                "leases_bound_max": max(seen),
            }
