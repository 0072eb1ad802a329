"""What the page of firmware reads: the fleet by what it runs, when that was judged, and the devices behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import firmware, firmwarefleet
from db.engine import Stores
from db.firmwarefleet import Runner
from db.tenancy import tenant_session
from fleet import advisories, firmwareview
from fleet.firmwareview import View
from fleet.identity import Principal, Scope

MOST = 100
"""Devices that the page lists; the fleet's own list has all."""


@dataclass(frozen=True, slots=True)
class Known:
    """A fleet by what it runs, its flagged devices, and when the channels were last read."""

    view: View
    flagged: Sequence[Runner]
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Firmwares:
    """Reads the firmware of a tenant; every question names its principal."""

    stores: Stores

    def known(self, principal: Principal, more: str) -> Known:
        """Read how the fleet stands; ``more`` names the operator's own file of advisories."""
        principal.require(Scope.FIRMWARE_READ)
        holes = advisories.every(more)
        with tenant_session(self.stores, principal) as session:
            cells, channels = firmwarefleet.cells(session), firmware.pointers(session)
            found = firmwareview.view(cells, channels, holes)
            return Known(found, firmwarefleet.flagged(session), firmware.seen_at(session))

    def runners(self, principal: Principal, versions: Sequence[str]) -> list[Runner]:
        """Read the first devices that run one of these versions, and one more where there are more."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return firmwarefleet.runners(session, versions, None, MOST + 1) if versions else []
