"""The page of the sites, as its callback tells it."""

from __future__ import annotations

from typing import Any

import pytest

from db.sites import Settler, Sites, find, settle
from db.tenancy import tenant_session
from fleet.belonging import Spot
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.database import seed
from tests.fixtures.web import NOW

TABLE = "sites-table.children"


@pytest.fixture(scope="module", autouse=True)
def _sites(screen: Screen) -> None:
    """North's first two devices stand at Cork, where one is down."""
    north = screen.web.north
    screen.tell(north.devices[1], state="down", since=ago(minutes=5), heard_at=ago(seconds=20))
    with tenant_session(screen.web.context.stores, north.principal) as session:
        settle(session, north.id, [Settler(device.id, "Cork & Bern") for device in north.devices[:2]], NOW)


def shown(seat: Seat, path: str = "sites", **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (seat.call(TABLE, path, **given).json or {})["response"]
    return found


def test_counts_of_a_site_are_links_to_the_list_behind_them(north: Seat) -> None:
    told = text(north.call(TABLE, "sites"))
    assert "/t/north/fleet?site=Cork+%26+Bern&status=down" in told
    assert "?site=Cork+%26+Bern" in told
    assert "(no site)" in told


def test_sites_with_trouble_can_be_looked_at_alone(north: Seat) -> None:
    told = str(shown(north, "sites?list=trouble")["sites-table"])
    assert "Cork" in told
    assert told.count("'type': 'Tr'") == 3, "the head, Cork, and those that stand nowhere and were never heard"
    assert "None is as the filters ask." in str(shown(north, "sites?list=empty")["sites-note"])


def test_what_is_drawn_is_not_drawn_again(north: Seat) -> None:
    drawn = shown(north)["sites-drawn"]["data"]
    assert "sites-graph" not in str(north.call(TABLE, "sites", sites_drawn__data=drawn).json or "")


def test_sites_with_coordinates_are_on_a_map_and_the_chosen_one_says_how_it_is(screen: Screen, north: Seat) -> None:
    assert "not to scale" in str(shown(north)["sites-legend"])
    tenant = seed(screen.database.stores, "island", 2)
    with tenant_session(screen.web.context.stores, tenant.principal) as session:
        settle(session, tenant.id, [Settler(device.id, "Cork & Bern") for device in tenant.devices], NOW)
        Sites(session, screen.web.author(tenant), tenant.id).place(find(session, "Cork & Bern").id, Spot(51.9, -8.5))
    screen.tell(tenant.devices[0], state="down", since=ago(minutes=5), heard_at=ago(seconds=20))
    found = shown(Seat(screen.web.browser(tenant), tenant), "sites?site=Cork+%26+Bern")
    signs = [trace for trace in found["sites-graph"]["figure"]["data"] if trace.get("customdata")]
    assert [(trace["x"], trace["y"]) for trace in signs] == [([-8.5], [51.9])]
    assert "1 down, 1 stale" in str(found["sites-note"])
    assert "explore?of=site" in str(found["sites-note"])
    assert "not to scale" not in str(found["sites-legend"])


def test_another_tenant_sees_nothing_of_it(south: Seat) -> None:
    assert "Cork" not in text(south.call(TABLE, "sites"))
