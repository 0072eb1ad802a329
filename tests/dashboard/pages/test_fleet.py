"""The page of the fleet, as its callbacks tell it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.seats import Screen, Seat, ago, text

ROWS, SUMMARY = "fleet-grid.getRowsResponse", "fleet-summary.children"


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


def test_no_match_says_so_and_hides_the_grid(north: Seat) -> None:
    answer = north.call(SUMMARY, "?q=nothing+like+it")
    assert "No device matches" in text(answer)
    assert (answer.json or {})["response"]["fleet-sheet"]["hidden"] is True


def test_the_rows_on_the_screen_are_told_anew(north: Seat) -> None:
    answer = north.call(SUMMARY, fleet_seen__data={"startRow": 1, "endRow": 3, "sortModel": []}).json or {}
    fresh = answer["response"]["fleet-fresh"]["data"]
    assert (fresh["first"], fresh["count"]) == (1, 3)
    assert [row["name"] for row in fresh["rows"]] == ["router-002", "router-000"]
