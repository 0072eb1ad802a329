"""What the pages of notifications read: channels, routes, and what was told to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db import alertchannels, alertdeliveries, alertroutes
from db.alertchannels import ChannelRow
from db.alertdeliveries import DeliveryRow, Narrow
from db.alertroutes import RouteRow
from db.engine import Stores
from db.tenancy import tenant_session
from fleet.identity import Principal, Scope

MOST = 100
"""Channels, and deliveries of a page."""


@dataclass(frozen=True, slots=True)
class TellingData:
    """Reads channels, routes and deliveries of a tenant; every question names its principal."""

    stores: Stores

    def ways(self, principal: Principal) -> tuple[Sequence[ChannelRow], Sequence[RouteRow]]:
        """Read the channels by name, and the routes in their order."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alertchannels.page(session, None, MOST), alertroutes.every(session)

    def deliveries(self, principal: Principal, before: UUID | None, narrow: Narrow) -> list[DeliveryRow]:
        """Read a page of deliveries, the newest first, and one more where there are some behind it."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alertdeliveries.page(session, before, MOST + 1, narrow)
