"""What a device is that takes the place of another one, as it was last read."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from db import items
from db.inventory import DeviceRow
from db.items import Narrow
from fleet.errors import BadInput
from routeros.restore import Hardware, Port

RADIOS: Final = {"wlan": "/interface/wireless", "wifi": "/interface/wifi", "lte": "/interface/lte"}
"""The menu of each type of interface that not every board has."""


def hardware(session: Session, new: DeviceRow) -> Hardware:
    """Tell what the new device is; raises BadInput where that is not known yet."""
    kinds = items.of_device(session, new.id, Narrow(), "interfaces")
    ports = [item.facts for kind in kinds for item in kind.items if item.facts.get("default_name")]
    if not ports or new.version is None:
        raise BadInput(f"{new.name} has not told yet what it has.", "Try again once it was polled.")
    types = {str(facts.get("type", "")) for facts in ports}
    return Hardware(
        new.model or "",
        new.version,
        tuple(Port(str(facts["default_name"]), str(facts.get("mac_address") or "")) for facts in ports),
        frozenset(menu for kind, menu in RADIOS.items() if kind in types),
    )
