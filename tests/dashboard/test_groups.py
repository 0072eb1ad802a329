"""Who is in a device group: the same devices here as in the device list."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dashboard import facets
from dashboard.data import Data
from dashboard.listing import Listing
from db.groups import Groups
from db.tenancy import tenant_session
from fleet.belonging import NO_SITE
from tests.dashboard.seats import Screen, ago
from tests.fixtures.web import home

FILTERS: dict[str, dict[str, Any]] = {
    "all": {},
    "down": {"state": ["down", "stale"]},
    "text": {"q": "B40"},
    "nowhere": {"site": [NO_SITE]},
    "tagged": {"tag": ["core", "edge"]},
    "both": {"tags_all": ["core", "edge"]},
    "begins": {"model": ["RB*"], "version": ["7.16*", "6.49"]},
    "nobody": {"model": ["RB"]},
}


@pytest.fixture(scope="module")
def kept(screen: Screen) -> None:
    """Devices that differ, and a group of each filter, one of them of a site."""
    web = screen.web
    one, two, three = web.north.devices
    screen.tell(one, state="up", since=ago(hours=1), heard_at=ago(seconds=5), model="RB4011", version="7.16.1")
    screen.tell(two, state="down", since=ago(hours=1), heard_at=ago(seconds=5), model="hAP", version="7.18")
    site = web.place(web.north)
    with psycopg.connect(screen.database.admin_url) as connection:
        connection.execute("UPDATE devices SET site_id = %s WHERE id = %s", (site, two.id))
        for device, tag in ((one, "core"), (one, "edge"), (three, "edge")):
            row = (web.north.id, device.id, tag)
            connection.execute("INSERT INTO device_tags (tenant_id, device_id, tag) VALUES (%s, %s, %s)", row)
    with tenant_session(web.context.stores, web.north.principal) as session:
        writer = Groups(session, web.author(web.north), web.north.id)
        for name, written in (FILTERS | {"placed": {"site": [str(site)]}}).items():
            writer.add(name, written)


@pytest.mark.parametrize("name", [*FILTERS, "placed"])
def test_a_group_has_the_devices_that_the_device_list_tells(screen: Screen, kept: None, name: str) -> None:
    web = screen.web
    listed = web.get(f"{home(web.north)}/devices?group={name}", web.north).get_json()["items"]
    fleet = Data(web.context.stores, web.context.families, web.clock).fleet(web.north.principal)
    found = facets.sift(fleet, Listing(chosen={"group": (name,)})).entries
    assert {entry.row.name for entry in found} == {device["name"] for device in listed}
