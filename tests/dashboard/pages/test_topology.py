"""The page of the network, as its callback tells it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from fleet.device import Device
from tests.dashboard.seats import Screen, Seat, ago, text

TABLE = "network-table.children"


@pytest.fixture(scope="module", autouse=True)
def _neighbours(screen: Screen) -> None:
    """North's first device is the way out; the second hangs on it, is down, and hears a stranger."""
    one, two, _ = screen.web.north.devices
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=10))
    screen.tell(two, state="down", since=ago(minutes=5), heard_at=ago(seconds=20))
    _have(screen, two, "interfaces", "ether1", mac_address="02:00:00:00:00:02")
    _have(screen, one, "neighbours", "2", interface="ether5", mac_address="02:00:00:00:00:02", discovered_by="lldp")
    _have(screen, two, "neighbours", "9", interface="ether2", mac_address="02:00:00:00:00:09", identity="stranger",
          platform="Cisco", discovered_by="cdp")  # fmt: skip
    _have(screen, one, "routes", "0", dst_address="0.0.0.0/0", gateway="100.64.0.1")


def _have(screen: Screen, device: Device, kind: str, key: str, **facts: Any) -> None:
    with psycopg.connect(screen.database.admin_url) as connection:
        connection.execute(
            "INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (device.id, kind, key, device.tenant_id, Jsonb(facts), ago(hours=1)),
        )


def shown(seat: Seat, path: str = "topology") -> dict[str, Any]:
    found: dict[str, Any] = (seat.call(TABLE, path).json or {})["response"]
    return found


def test_devices_are_listed_with_the_way_to_them_and_what_hangs_on_them(north: Seat, screen: Screen) -> None:
    one, two, _ = screen.web.north.devices
    told = str(shown(north)["network-table"])
    assert "ether5" in told
    assert f"?node={one.id}" in told
    assert told.index(f"device/{two.id}") < told.index(f"?node={one.id}"), "who is down comes first"


def test_a_path_that_is_cut_is_listed(north: Seat) -> None:
    told = str(shown(north, "topology?list=down")["network-table"])
    assert "router-000" in told
    assert "cable" in told


def test_a_stranger_is_listed_with_who_hears_it(north: Seat) -> None:
    told = str(shown(north, "topology?list=unmanaged")["network-table"])
    assert "stranger" in told
    assert "Cisco" in told
    assert "router-001" in told


def test_who_has_no_neighbours_is_listed(north: Seat) -> None:
    told = str(shown(north, "topology?list=alone")["network-table"])
    assert "router-002" in told
    assert "router-000" not in told


def test_the_blast_radius_of_a_node_is_told(north: Seat, screen: Screen) -> None:
    told = str(shown(north, f"topology?node={screen.web.north.devices[0].id}")["network-chosen"])
    assert "2 neighbours have no way out without it: router-001, stranger." in told


def test_what_is_drawn_is_not_drawn_again(north: Seat) -> None:
    drawn = shown(north)["network-drawn"]["data"]
    assert "network-graph" not in str(north.call(TABLE, "topology", network_drawn__data=drawn).json or "")


def test_odd_words_are_no_error(north: Seat) -> None:
    found = shown(north, "topology?node=%3Cb%3E&list=x&site=nowhere")
    assert "Nothing fits" in str(found["network-note"])


def test_another_tenant_sees_nothing_of_it(south: Seat) -> None:
    told = text(south.call(TABLE, "topology"))
    assert "No neighbours yet" in told
    assert "stranger" not in told
