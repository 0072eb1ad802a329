"""What the devices of a tenant are reached over, out of the inventory: one answer for rollouts and campaigns."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import neighbours
from db.neighbours import Heard
from db.stocktables import inventory
from db.tables import devices
from fleet import topology
from fleet.identity import DeviceId
from fleet.topology import Told

CABLED = "lldp"
"""What is heard by this protocol comes from the other end of a cable; bridges carry the others to everybody."""


def links(session: Session) -> dict[DeviceId, frozenset[DeviceId]]:
    """Tell what each device is reached over; one of which nothing is known is not named."""
    told = neighbours.read(session)
    return topology.links(
        Told(
            ways=[(way.device_id, way.owners) for way in told.ways_out],
            cables=_cables(told.heard),
            homes={DeviceId(row[0]): row[1] for row in session.execute(select(devices.c.id, devices.c.address))},
            addresses=_addresses(session),
        )
    )


def _cables(heard: tuple[Heard, ...]) -> set[tuple[DeviceId, DeviceId]]:
    """Choose what is known to be a cable; of devices that heard nothing by cable, all that they heard."""
    pairs = [(one, one.owner) for one in heard if one.owner is not None and one.owner != one.device_id]
    wired = {(one.device_id, owner) for one, owner in pairs if CABLED in one.by.lower().split(",")}
    ends = {end for cable in wired for end in cable}
    loose = {(one.device_id, owner) for one, owner in pairs if not {one.device_id, owner} & ends}
    return wired | loose


def _addresses(session: Session) -> list[tuple[DeviceId, str]]:
    address = inventory.c.facts["address"].astext
    asked = select(inventory.c.device_id, address).where(
        inventory.c.kind == "addresses", inventory.c.gone_at.is_(None), address.is_not(None)
    )
    return [(DeviceId(row[0]), row[1]) for row in session.execute(asked)]
