"""What the pages say in each state of affairs, and what they say is to be done next."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import psycopg
import pytest

from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.database import Tenant, seed
from tests.fixtures.web import NOW

MANY = """
    WITH made AS (
        INSERT INTO devices (id, tenant_id, name, address, port, tls, vantage, streams, username, secret,
                             interval_seconds, created_at, partition)
        SELECT gen_random_uuid(), %(tenant)s, 'many-' || n, '192.0.2.1', n, 'plain', 'default', 8, 'u', 'vault:v1:x',
               60, %(at)s, n %% 4096 FROM generate_series(1, 10000) AS n
        RETURNING id, tenant_id
    )
    INSERT INTO device_state (device_id, tenant_id, state, since, heard_at)
    SELECT id, tenant_id, 'up', %(at)s, %(at)s FROM made
"""


def person(screen: Screen, slug: str, devices: int) -> Seat:
    """Someone of a tenant of that many devices that nothing is known of."""
    tenant: Tenant = seed(screen.database.stores, slug, devices)
    return Seat(screen.web.browser(tenant), tenant)


@pytest.fixture(scope="module")
def bare(screen: Screen) -> Seat:
    """Someone of a tenant without a device."""
    return person(screen, "bare", 0)


@pytest.mark.parametrize(
    ("path", "said", "step"),
    [
        ("", "bare has no devices", "adds the first one"),
        ("explore", "No device is meant", "Ask of all devices"),
        ("topology", "No neighbours yet", "with their first poll"),
        ("sites", "No sites yet", "made by giving it a name"),
        ("events", "Nothing happened yet", "Add a device"),
        ("admin", "No devices yet", "adds the first one"),
        ("admin/sites", "No sites yet", "Make one"),
        ("admin/profiles", "No profiles yet", ""),
        ("admin/maintenance", "Nothing is planned", ""),
    ],
)
def test_a_tenant_without_devices_is_told_how_to_begin(bare: Seat, path: str, said: str, step: str) -> None:
    told = text(bare.call("page.children", path))
    assert said.lower() in told.lower()
    assert step in told


def test_a_device_that_was_just_added_is_told_to_wait_for_its_first_poll(screen: Screen) -> None:
    alone = person(screen, "alone", 1)
    assert "Nothing was measured" in text(alone.call("page.children", "explore"))
    told = text(alone.call("page.children", f"device/{alone.tenant.devices[0].id}"))
    assert "Not yet polled." in told
    assert "It is asked every 1 min." in told
    assert "Show the last 24 hours" in told


def test_ten_thousand_devices_are_counted_and_not_all_sent(screen: Screen) -> None:
    many = person(screen, "many", 0)
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute(MANY, {"tenant": many.tenant.id, "at": ago(seconds=20)})
    overview = many.call("page.children", "")
    assert "10,000" in text(overview)
    fleet = many.call("page.children", "fleet")
    assert len(text(fleet)) < 100_000, "rows come in blocks, when they are scrolled to"
    assert len(text(many.call("page.children", "explore"))) < 200_000


def test_a_fleet_that_is_down_says_so_by_word_and_shape(screen: Screen) -> None:
    dark = person(screen, "dark", 3)
    for device in dark.tenant.devices:
        screen.tell(device, state="down", since=ago(minutes=4), heard_at=ago(seconds=20), error="No route to it.")
    told = text(dark.call("page.children", ""))
    assert "fleet?status=down" in told
    assert "■" in told
    assert "Down" in told
    device = text(dark.call("page.children", f"device/{dark.tenant.devices[0].id}"))
    assert "No route to it." in device
    assert "Down" in device


def test_a_day_without_data_is_a_gap_with_a_mark_and_no_line(screen: Screen) -> None:
    gone = person(screen, "gone", 1)
    (device,) = gone.tenant.devices
    screen.tell(device, state="up", since=ago(hours=1), heard_at=ago(seconds=20))
    hours = [*(40 - n / 4 for n in range(40)), *(1 - n / 4 for n in range(4))]
    times = [ago(hours=back) for back in hours]
    screen.measure(device, "resource", times, cpu_load_ratio=[0.5] * 44, uptime_seconds=[9e5] * 44)
    shown = gone.call("health-drawn.data", f"device/{device.id}?from=now-2d")
    line = (shown.json or {})["response"]["cpu-graph"]["figure"]["data"][-1]
    assert None in line["y"]
    assert "No data" in text(shown)


def test_a_counter_that_began_anew_is_no_spike(screen: Screen) -> None:
    reset = person(screen, "reset", 1)
    (device,) = reset.tenant.devices
    screen.tell(device, state="up", since=ago(hours=1), heard_at=ago(seconds=20))
    times = [NOW - timedelta(minutes=n) for n in range(30, 0, -1)]
    counted = 60_000 * (np.arange(30) % 15)
    screen.measure(device, "interfaces", times, label="ether1", rx_bytes_total=counted, tx_bytes_total=counted)
    shown = (reset.call("health-drawn.data", f"device/{device.id}").json or {})["response"]
    line = next(t for t in shown["traffic-graph"]["figure"]["data"] if t.get("name") == "In")
    assert len(line["y"]) > 20
    assert {value for value in line["y"] if value is not None} == {1000.0}


@pytest.mark.parametrize("path", ["device/{}", "explore"])
def test_a_range_that_lies_ahead_says_so_and_what_to_choose(screen: Screen, north: Seat, path: str) -> None:
    ahead = f"{path.format(north.tenant.devices[0].id)}?from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z"
    told = text(north.call("page.children", ahead))
    assert "The range lies in the future." in told
    assert "Choose one of the ranges above." in told


def test_who_is_not_signed_in_any_more_is_sent_to_sign_in_and_back(nobody: Seat) -> None:
    answer = nobody.post({"output": "page.children"})
    assert answer.status_code == 401
    problem = answer.get_json()
    assert problem["next_step"]
    page = nobody.get("/t/north/fleet?status=down", Accept="text/html")
    assert page.headers["Location"] == "/login?to=%2Ft%2Fnorth%2Ffleet%3Fstatus%3Ddown"


@pytest.mark.parametrize("path", ["admin/users", "admin/keys", "admin/audit"])
def test_a_page_for_another_role_says_whose_it_is(north: Seat, path: str) -> None:
    told = text(north.call("page.children", path))
    assert "This page is not for your role" in told
    assert "A tenant admin can give you another role." in told
    assert "Go to the overview" in told


def test_a_device_of_nobody_leads_back_to_the_fleet(north: Seat) -> None:
    told = text(north.call("page.children", "device/00000000-0000-0000-0000-0000000000ff"))
    assert "There is no such device" in told
    assert "Go to the fleet" in told
