"""The page of the fleet, as its callbacks tell it."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, ago, text

ROWS, SUMMARY = "fleet-grid.getRowsResponse", "fleet-tiles.children"


def rows(seat: Seat, query: str = "", **asked: Any) -> dict[str, Any]:
    request = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}} | asked
    answer = seat.call(ROWS, query, fleet_grid__getRowsRequest=request).json or {}
    found: dict[str, Any] = answer["response"]["fleet-grid"]["getRowsResponse"]
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [row["name"] for row in found["rowData"]]


@pytest.fixture(autouse=True)
def _states(screen: Screen) -> None:
    one, two, _ = screen.web.north.devices
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=10), model="RB4011", version="7.16")
    screen.tell(
        two,
        state="down",
        since=ago(hours=1),
        heard_at=ago(seconds=20),
        error="The device refused the password.",
        breaker="open",
    )


def test_a_block_has_the_rows_that_were_asked_for(north: Seat) -> None:
    found = rows(north)
    assert found["rowCount"] == 3
    assert names(found) == ["router-001", "router-002", "router-000"]
    assert names(rows(north, startRow=1, endRow=2)) == ["router-002"]


def test_a_row_shows_what_was_measured(north: Seat) -> None:
    row = next(r for r in rows(north)["rowData"] if r["name"] == "router-000")
    assert (row["word"], row["cpu"], row["model"], row["heard"]) == ("Up", "69 %", "RB4011", "10 s ago")
    assert row["spark"].startswith("M")
    assert row["tls"] == "plain"


def test_the_address_filters(north: Seat) -> None:
    assert names(rows(north, "?status=down")) == ["router-001"]
    assert names(rows(north, "?q=rb4011")) == ["router-000"]
    assert rows(north, "?q=nothing+like+it") == {"rowData": [], "rowCount": 0}


def test_columns_sort(north: Seat) -> None:
    descending = [{"colId": "name", "sort": "desc"}]
    assert names(rows(north, sortModel=descending)) == ["router-002", "router-001", "router-000"]


def test_an_odd_request_is_no_error(north: Seat) -> None:
    assert names(rows(north, startRow=-5, endRow=10**9)) == ["router-001", "router-002", "router-000"]
    assert rows(north, startRow="x", endRow=None, sortModel=[{"colId": "<b>"}])["rowCount"] == 3


def test_counts_are_links_that_filter(north: Seat) -> None:
    told = text(north.call(SUMMARY))
    assert "3 devices" in told
    assert '"href": "?status=down"' in told
    assert '"data-testid": "count-down"' in told
    filtered = text(north.call(SUMMARY, "?status=down&q=refused"))
    assert "1 of 3 devices" in filtered
    assert '"href": "?q=refused"' in filtered, "the chip of the state takes that alone away"


def test_facets_count_and_their_values_are_links(north: Seat) -> None:
    told = text(north.call(SUMMARY, "?model=RB4011"))
    assert "Model: RB4011" in told
    assert "1 of 3 devices" in told
    assert '"aria-label": "Model RB4011, 1 device"' in told
    assert '"href": "?model=RB4011,(unknown)"' in told, "a second value is one more to choose from"
    assert names(rows(north, "?model=RB4011,(unknown)")) == ["router-001", "router-002", "router-000"]


def test_what_is_the_same_is_not_drawn_again(north: Seat) -> None:
    first = (north.call(SUMMARY).json or {})["response"]
    again = (north.call(SUMMARY, fleet_drawn__data=first["fleet-drawn"]["data"]).json or {})["response"]
    assert "fleet-tiles" in first
    assert not {"fleet-tiles", "fleet-facets", "fleet-chips"} & set(again)
    assert again["fleet-fresh"]["data"]["count"] == 3


def test_the_drawer_shows_the_device_of_the_address(north: Seat, south: Seat) -> None:
    device = north.tenant.devices[1]
    peeked = north.call(SUMMARY, f"fleet?status=down&peek={device.id}").json or {}
    told = peeked["response"]
    assert told["fleet-drawer"]["hidden"] is False
    shown = str(told["fleet-drawer"]["children"])
    assert "The device refused the password." in shown
    assert f"/t/north/device/{device.id}" in shown
    assert "'href': '?status=down'" in shown, "to close it leaves the filters"
    assert "No such device" in text(south.call(SUMMARY, f"fleet?peek={device.id}"))
    assert "No such device" in text(north.call(SUMMARY, "fleet?peek=x"))
    assert (north.call(SUMMARY, "fleet").json or {})["response"]["fleet-drawer"]["hidden"] is True


def test_who_may_not_work_on_devices_chooses_none(screen: Screen, north: Seat) -> None:
    look = {"scheme": "dark", "zone": "UTC"}
    operator = Seat(screen.web.browser(screen.web.north, Role.OPERATOR), screen.web.north)
    assert "PickCell" in text(operator.call("page.children", "fleet", look__data=look))
    assert "PickCell" not in text(north.call("page.children", "fleet", look__data=look))


def test_the_order_of_the_address_is_that_of_the_grid(north: Seat) -> None:
    told = text(north.call("page.children", "fleet?sort=-cpu,name", look__data={"scheme": "dark"}))
    assert '"sort": "desc", "sortIndex": 0' in told
    assert '"sort": "asc", "sortIndex": 1' in told


def test_no_match_says_so_and_hides_the_grid(north: Seat) -> None:
    answer = north.call(SUMMARY, "?q=nothing+like+it")
    assert "No device matches" in text(answer)
    assert (answer.json or {})["response"]["fleet-sheet"]["hidden"] is True


def test_the_rows_on_the_screen_are_told_anew(north: Seat) -> None:
    answer = north.call(SUMMARY, fleet_seen__data={"startRow": 1, "endRow": 3, "sortModel": []}).json or {}
    fresh = answer["response"]["fleet-fresh"]["data"]
    assert (fresh["first"], fresh["count"]) == (1, 3)
    assert [row["name"] for row in fresh["rows"]] == ["router-002", "router-000"]


def test_what_is_exported_is_what_is_filtered(north: Seat) -> None:
    wish = {"kind": "csv", "columns": ["name", "state", "<b>", 7]}
    answer = (
        north.call("fleet-file.data", "fleet?sort=-name&status=down,stale", fleet_export_ask__data=wish).json or {}
    )
    sent = answer["response"]["fleet-file"]["data"]
    assert sent["filename"] == "fleet-20260105T120000Z.csv"
    lines = b64decode(sent["content"]).decode().split()
    assert lines[0] == '"id","name","state"'
    assert [line.split(",")[1:] for line in lines[1:]] == [['"router-002"', '"stale"'], ['"router-001"', '"down"']]


def test_an_unknown_format_is_not_written(north: Seat) -> None:
    assert north.call("fleet-file.data", "fleet", fleet_export_ask__data={"kind": "exe"}).status_code == 204


def test_those_that_match_are_named(north: Seat, south: Seat) -> None:
    told = north.call("fleet-meant.data", "fleet?status=down", fleet_ask__data="7").json or {}
    device = north.tenant.devices[1]
    assert told["response"]["fleet-meant"]["data"] == {"at": "7", "devices": [[str(device.id), device.name]]}
    assert str(device.id) not in text(south.call("fleet-meant.data", "fleet", fleet_ask__data="8"))
