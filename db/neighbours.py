"""Who hears whom in a tenant's network, out of the inventory: neighbours, whose they are, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, select
from sqlalchemy.orm import Session

from db.rows import make_room
from db.stocktables import inventory
from db.tables import devices
from fleet.identity import DeviceId

MOST = 100_000
"""Neighbours that are read; of more, those of the first devices."""

EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device heard of a neighbour at a port; ``owner`` is whose interface has that hardware address."""

    device_id: DeviceId
    owner: DeviceId | None
    interface: str
    mac: str
    identity: str
    address: str
    platform: str
    board: str
    version: str
    port: str
    by: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A default route of a device, and who has the gateway's address: several, where networks look alike."""

    device_id: DeviceId
    gateway: str
    owners: frozenset[DeviceId]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that was heard, and the ways out; ``whole`` is false where there was more than is read."""

    heard: tuple[Heard, ...]
    ways_out: tuple[WayOut, ...]
    whole: bool


def read(session: Session) -> Surroundings:
    """Read who hears whom."""
    make_room(session)
    rows = session.execute(_heard().limit(MOST + 1)).all()
    heard = tuple(Heard(*row[:2], *(str(value or "") for value in row[2:])) for row in rows[:MOST])
    return Surroundings(heard, tuple(ways_out(session)), len(rows) <= MOST)


def pairs(session: Session) -> list[tuple[DeviceId, DeviceId, str]]:
    """Read which device heard which other, and by which protocols; of more than ``MOST``, those of the first."""
    make_room(session)
    own, owners = inventory, _owners()
    found = select(own.c.device_id, owners.c.owner, _fact(own, "discovered_by"))
    joined = found.join_from(own, owners, owners.c.mac == func.upper(_fact(own, "mac_address")))
    mine = (own.c.kind == "neighbours", own.c.gone_at.is_(None), own.c.device_id != owners.c.owner)
    rows = session.execute(joined.where(*mine).order_by(own.c.device_id).limit(MOST))
    return [(DeviceId(device), DeviceId(owner), by or "") for device, owner, by in rows]


def _owners() -> Any:
    """Tell whose each hardware address is, of those that one device alone has."""
    theirs = inventory.alias("theirs")
    mac = _fact(theirs, "mac_address")
    count = func.count(theirs.c.device_id.distinct())
    single = func.min(theirs.c.device_id.cast(Text)).cast(devices.c.id.type)
    return (
        select(func.upper(mac).label("mac"), single.label("owner"))
        .where(theirs.c.kind == "interfaces", theirs.c.gone_at.is_(None), mac.is_not(None))
        .group_by(func.upper(mac))
        .having(count == 1)
        .subquery("owners")
    )


def _heard() -> Select[Any]:
    own, owners = inventory, _owners()
    names = ("interface", "mac_address", "identity", "address", "platform", "board", "version")
    facts = (*names, "neighbour_interface", "discovered_by")
    found = select(own.c.device_id, owners.c.owner, *(_fact(own, name) for name in facts))
    joined = found.join_from(own, owners, owners.c.mac == func.upper(_fact(own, "mac_address")), isouter=True)
    return joined.where(own.c.kind == "neighbours", own.c.gone_at.is_(None)).order_by(own.c.device_id, own.c.key)


def ways_out(session: Session) -> list[WayOut]:
    """Read the default routes, and who has the address of each gateway."""
    routes, gateway = inventory, _fact(inventory, "gateway")
    asked = select(routes.c.device_id, gateway).where(
        routes.c.kind == "routes", routes.c.gone_at.is_(None), _fact(routes, "dst_address").in_(EVERYWHERE)
    )
    found = [(device, told) for device, told in session.execute(asked) if told]
    address = func.split_part(_fact(inventory, "address"), "/", 1)
    wanted = {told for _, told in found}
    if not wanted:
        return []
    held = select(inventory.c.device_id, address).where(
        inventory.c.kind == "addresses", inventory.c.gone_at.is_(None), address.in_(wanted)
    )
    owners: dict[str, set[DeviceId]] = {}
    for device, told in session.execute(held):
        owners.setdefault(told, set()).add(device)
    return [WayOut(device, told, frozenset(owners.get(told, ()))) for device, told in found]


def _fact(table: Any, name: str) -> ColumnElement[Any]:
    told: ColumnElement[Any] = table.c.facts[name].astext
    return told
