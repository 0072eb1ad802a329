"""What the page of pushes over many devices reads: campaigns as they stand, and where their devices stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db import campaigns
from db.campaigns import Campaign, Standing
from db.engine import Stores
from db.tenancy import tenant_session
from fleet.identity import Principal, Scope

MOST = 30
"""Campaigns that a page lists."""

DEVICES = 300
"""Devices of a campaign that a page lists."""


@dataclass(frozen=True, slots=True)
class CampaignData:
    """Reads campaigns; every question names its principal."""

    stores: Stores

    def page(self, principal: Principal) -> list[Campaign]:
        """Read the newest campaigns."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return campaigns.page(session, None, MOST)

    def opened(self, principal: Principal, campaign_id: UUID) -> tuple[Campaign, Sequence[Standing]]:
        """Read a campaign and its devices in the order of their turn; raises NotFound."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            found = campaigns.one(session, campaign_id)
            return found, campaigns.listed(session, found.id, None, DEVICES)
