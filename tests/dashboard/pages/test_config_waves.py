"""The page of pushes over many devices, as its callback tells it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from bus import subjects
from db.campaigndeeds import Campaigns, Chosen, NewCampaign
from db.tenancy import tenant_session
from fleet.campaigns import CampaignSource, Rules
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text
from tests.fixtures.database import Tenant

BODY = "config-waves-body.children"


@pytest.fixture(scope="module")
def campaign(screen: Screen) -> UUID:
    """A push over all of north's devices: one first, then the others."""
    web, north = screen.web, screen.web.north
    wish = NewCampaign(
        source=CampaignSource.COMMANDS,
        sealed="vault:v1:c2VjcmV0",
        shown=["/system note set note=kept"],
        note="a note for all",
        waves=[1, 2],
        rules=Rules(),
        lasts=timedelta(hours=1),
        chosen=[Chosen(device.id, place, min(place, 1)) for place, device in enumerate(north.devices)],
    )
    with tenant_session(web.context.stores, north.principal) as session:
        return Campaigns(session, web.author(north), north.id, subjects.of).begin(wish)


def seat(screen: Screen, tenant: Tenant, role: Role) -> Seat:
    return Seat(screen.web.browser(tenant, role), tenant)


def test_a_campaign_is_told_by_its_waves_and_can_be_paused_then_goes_on(screen: Screen, campaign: UUID) -> None:
    web, north = screen.web, screen.web.north
    operator = seat(screen, north, Role.OPERATOR)
    told = text(operator.call(BODY, f"config/waves?campaign={campaign}"))
    for word in ("a note for all", "0 of 3 devices", "Wave 2", "0 of 2", "Waits for its turn", "note set note=kept"):
        assert word in told, word
    assert f"campaigns/{campaign}/pause" in told
    assert f"campaigns/{campaign}/resume" not in told
    with tenant_session(web.context.stores, north.principal) as session:
        Campaigns(session, web.author(north), north.id, subjects.of).pause(campaign)
    told = text(operator.call(BODY, f"config/waves?campaign={campaign}"))
    assert "Paused by" in told
    assert f"campaigns/{campaign}/resume" in told
    assert f"campaigns/{campaign}/pause" not in told


def test_who_may_only_look_is_offered_nothing(screen: Screen, campaign: UUID) -> None:
    told = text(seat(screen, screen.web.north, Role.VIEWER).call(BODY, f"config/waves?campaign={campaign}"))
    assert "a note for all" in told
    assert "/api/tenants/" not in told


def test_another_tenant_has_none_and_sees_none(screen: Screen, campaign: UUID) -> None:
    operator = seat(screen, screen.web.south, Role.OPERATOR)
    assert "Nothing was pushed to many devices yet" in text(operator.call(BODY, "config/waves"))
    assert "There is no campaign" in text(operator.call(BODY, f"config/waves?campaign={campaign}"))
