"""The page of firmware, as its callback tells it."""

from __future__ import annotations

import psycopg
import pytest

from actors.cataloguing import Cataloguer
from dashboard.listing import Listing
from tests.dashboard.seats import Screen, Seat, text
from tests.fixtures.depot import Shelf
from tests.fixtures.web import NOW

BODY = "firmware-body.children"
FLAGGED = """
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)
    VALUES (%s, 'device_mode', '', %s, '{"flagged": true}', now())
"""


@pytest.fixture(scope="module")
def unread(screen: Screen) -> str:
    """What the page tells before anybody has read the catalogue."""
    return text(Seat(screen.web.browser(screen.web.south), screen.web.south).call(BODY, "firmware"))


@pytest.fixture(scope="module")
def known(screen: Screen, unread: str) -> Screen:
    """North's devices run 7.24.4, 7.24.1 and 7.9, south's have told nothing; the catalogue is up to date."""
    for device, version in zip(screen.web.north.devices, ("7.24.4", "7.24.1", "7.9"), strict=True):
        screen.tell(device, model="hAP ax3", version=version)
    device = screen.web.north.devices[2]
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute(FLAGGED, (device.id, device.tenant_id))
    Cataloguer(screen.web.context.stores, Shelf(), lambda: NOW).sync()
    return screen


def test_counts_lead_into_the_list_of_the_fleet(known: Screen, north: Seat) -> None:
    told = text(north.call(BODY, "firmware"))
    asked = Listing().only("model", "hAP ax3").only("version", "7.9").href
    assert f"/t/north/fleet{asked}" in told
    assert "Models and versions" in told
    assert "CVE-2023-32154" in told
    assert "no more fixes" in told
    assert "7.23.7" in told
    assert "router-000" not in told


def test_the_devices_behind_are_listed_by_the_address(known: Screen, north: Seat) -> None:
    for query, there, away in (
        ("list=ended", "router-002", "router-001"),
        ("list=behind", "router-001", "router-002"),
        ("list=newest", "router-000", "router-001"),
        ("list=exposed", "router-001", "router-000"),
        ("list=flagged", "router-002", "router-000"),
        ("hole=CVE-2023-32154", "router-002", "router-001"),
    ):
        told = text(north.call(BODY, f"firmware?{query}"))
        assert there in told, query
        assert away not in told, query
    assert "No device is like that" in text(north.call(BODY, "firmware?hole=CVE-1-1"))
    assert "Models and versions" in text(north.call(BODY, "firmware?list=odd"))


def test_without_a_catalogue_it_says_what_to_do(known: Screen, unread: str, south: Seat) -> None:
    assert "The catalogue has not been read yet" in unread
    assert "flotilla firmware sync" in unread
    assert "has not been read yet" not in text(south.call(BODY, "firmware"))


def test_of_devices_that_told_nothing_nothing_is_said(known: Screen, south: Seat) -> None:
    told = text(south.call(BODY, "firmware"))
    assert "(unknown)" in told
    assert "CVE-" not in told
    assert "No device is flagged" in text(south.call(BODY, "firmware?list=flagged"))
