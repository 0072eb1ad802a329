"""Redundant devices of a tenant, out of tags and the inventory: of them one works while another is restarted."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.stocktables import inventory
from db.tables import device_tags, devices
from fleet.identity import DeviceId

TAG: Final = "pair:"
"""How the tag begins that devices of a pair share: ``pair:core``."""

MOST: Final = 4
"""Routers of one VRRP group; where more seem to share one, they only look alike."""


def read(session: Session) -> tuple[frozenset[DeviceId], ...]:
    """Tell which devices share a tag ``pair:NAME``, or at one site the address and group of a VRRP interface."""
    tagged: dict[str, set[DeviceId]] = {}
    named = select(device_tags.c.tag, device_tags.c.device_id).where(device_tags.c.tag.startswith(TAG))
    for tag, device_id in session.execute(named):
        tagged.setdefault(tag, set()).add(DeviceId(device_id))
    shared: dict[tuple[Any, ...], set[DeviceId]] = {}
    for *place, device_id in session.execute(_groups()):
        shared.setdefault(tuple(place), set()).add(DeviceId(device_id))
    alike = [*tagged.values(), *(group for group in shared.values() if len(group) <= MOST)]
    return tuple(sorted({frozenset(group) for group in alike if len(group) > 1}, key=sorted))


def _groups() -> Any:
    """Read the VRRP interfaces: their group shows in the hardware address, and their network in the shared one."""
    port, address = inventory, inventory.alias("addressed")
    said = (port.c.kind == "interfaces", port.c.gone_at.is_(None), _fact(port, "type") == "vrrp")
    given = (address.c.kind == "addresses", address.c.gone_at.is_(None))
    mac, shared = func.upper(_fact(port, "mac_address")), _fact(address, "address")
    return (
        select(devices.c.site_id, mac, shared, port.c.device_id)
        .join_from(port, devices, devices.c.id == port.c.device_id)
        .join(address, address.c.device_id == port.c.device_id)
        .where(*said, *given, _fact(address, "interface") == _fact(port, "name"))
    )


def _fact(table: Any, name: str) -> ColumnElement[Any]:
    told: ColumnElement[Any] = table.c.facts[name].astext
    return told
