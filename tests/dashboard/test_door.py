"""The door: who may see what, whatever an address, a store or a replayed body says."""

from __future__ import annotations

import pytest

from dashboard.door import split
from tests.dashboard.seats import Seat, text

DEVICE_HEAD = "device-head.children"
ROWS = "fleet-grid.getRowsResponse"


def test_a_person_sees_the_devices_of_the_own_tenant_alone(north: Seat, south: Seat) -> None:
    told = text(north.call(ROWS, fleet_grid__getRowsRequest={"startRow": 0, "endRow": 100}))
    assert all(str(device.id) in told for device in north.tenant.devices)
    assert not any(str(device.id) in told for device in south.tenant.devices)


def test_a_foreign_device_is_not_there(north: Seat, south: Seat) -> None:
    foreign = south.tenant.devices[0]
    answer = north.call(DEVICE_HEAD, f"device/{foreign.id}")
    assert answer.status_code == 404
    assert (answer.json or {})["code"] == "not_found"
    assert "south" not in answer.text


def test_a_page_of_another_tenant_gets_nothing_from_a_callback(north: Seat, south: Seat) -> None:
    stale_tab = {"url__pathname": f"/t/{south.tenant.slug}/", "fleet_grid__getRowsRequest": {"endRow": 100}}
    answer = north.call(ROWS, **stale_tab)
    assert answer.status_code == 404


def test_a_replayed_body_with_anothers_ids_gives_nothing(north: Seat, south: Seat) -> None:
    foreign = south.tenant.devices[0]
    drawn = {"key": str(foreign.id), "interface": str(foreign.id), "tenant": str(south.tenant.id)}
    own = north.tenant.devices[0]
    told = text(north.call(DEVICE_HEAD, f"device/{own.id}", device_drawn__data=drawn))
    assert str(foreign.id) not in told
    assert "south" not in told


def test_without_a_session_there_is_nothing(nobody: Seat, north: Seat) -> None:
    body = {
        "output": "pulse.data",
        "outputs": {"id": "pulse", "property": "data"},
        "inputs": [],
        "changedPropIds": [],
    }
    assert nobody.post(body).status_code == 401
    assert nobody.get("/t/_dash-layout").status_code == 401
    assert nobody.get("/t/_dash-dependencies").status_code == 401


def test_a_callback_needs_the_csrf_token(north: Seat) -> None:
    assert north.call("pulse.data").status_code == 200
    answer = north.call("pulse.data", token=False)
    assert answer.status_code == 403
    assert (answer.json or {})["code"] == "cross_site"


def test_every_callback_of_the_server_goes_through_the_door(north: Seat) -> None:
    declared = north.get("/t/_dash-dependencies").json or []
    served = [c for c in declared if c["clientside_function"] is None]
    assert served
    for callback in served:
        assert {"id": "url", "property": "pathname"} in callback["state"], callback["output"]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("/t/north/", ("north", "")),
        ("/t/north", ("north", "")),
        ("/t/north/device/1", ("north", "device/1")),
        ("/t/", ("", "")),
        ("/other/north/", ("", "")),
        ("", ("", "")),
        ("/t/no%72th/x", ("north", "x")),
    ],
)
def test_an_address_is_split(address: str, parts: tuple[str, str]) -> None:
    assert split(address) == parts
