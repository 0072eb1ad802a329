"""The devices of a tenant over REST."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from fleet.device import State
from tests.fixtures.web import Web, home

CAME = "INSERT INTO device_states (device_id, at, tenant_id, state) VALUES (:id, :now, :tenant, :state)"


def hear(web: Web, number: int, state: State) -> None:
    """Let the device of that number in north be heard now, in a state."""
    device = web.north.devices[number]
    facts = {"id": device.id, "state": state, "now": web.clock.now()}
    changes = "state = :state, since = :now, heard_at = :now, model = 'hAP ax2'"
    statement = f"UPDATE device_state SET {changes} WHERE device_id = :id"
    with web.context.stores.engine("flotilla_ingest").begin() as connection:
        connection.execute(text(statement), facts)
        connection.execute(text(CAME), facts | {"tenant": device.tenant_id})


def names(web: Web, query: str = "") -> list[str]:
    answer = web.get(f"~/devices{query}", web.north)
    assert answer.status_code == 200, answer.text
    return [device["name"] for device in answer.get_json()["items"]]


def test_a_device_tells_where_it_is_and_how_it_is(web: Web) -> None:
    hear(web, 0, State.UP)
    answer = web.get(f"~/devices/{web.north.devices[0].id}", web.north).get_json()
    assert answer["name"] == "router-000"
    assert (answer["address"], answer["port"], answer["tls"]) == ("192.0.2.1", 8728, "plain")
    assert (answer["state"], answer["heard_at"], answer["interval_seconds"]) == ("up", "2026-01-05T12:00:00Z", 60.0)
    assert "secret" not in answer
    assert "username" not in answer


def test_a_device_that_nothing_was_heard_of_is_stale(web: Web) -> None:
    hear(web, 0, State.UP)
    web.clock.advance(timedelta(seconds=181))
    shown = web.get(f"~/devices/{web.north.devices[0].id}", web.north).get_json()
    assert shown["state"] == "stale"


def test_the_list_goes_on_page_by_page(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    first = client.get(f"{home(shared_web.north)}/devices?limit=2").get_json()
    assert [device["name"] for device in first["items"]] == ["router-000", "router-001"]
    rest = client.get(
        f"{home(shared_web.north)}/devices", query_string={"limit": 2, "after": first["next"]}
    ).get_json()
    assert [device["name"] for device in rest["items"]] == ["router-002"]
    assert rest["next"] is None


def test_a_full_last_page_has_no_next(shared_web: Web) -> None:
    assert shared_web.get("~/devices?limit=3", shared_web.north).get_json()["next"] is None


def test_the_list_is_narrowed_by_state_and_text(web: Web) -> None:
    hear(web, 0, State.UP)
    hear(web, 1, State.DOWN)
    assert names(web, "?state=up") == ["router-000"]
    assert names(web, "?state=down") == ["router-001"]
    assert names(web, "?state=stale") == ["router-002"]
    assert names(web, "?q=HAP") == ["router-000", "router-001"]
    assert names(web, "?q=192.0.2.3") == ["router-002"]
    assert names(web, "?q=%25") == []
    assert names(web, "?q=hap&state=down") == ["router-001"]


def test_a_bad_query_names_every_fault(shared_web: Web) -> None:
    answer = shared_web.get("~/devices?limit=501&state=fine&colour=red&tag=No", shared_web.north)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "bad_input")
    assert {fault["name"] for fault in problem["errors"]} == {"limit", "state", "colour", "tag"}
    assert problem["next_step"]


def test_a_repeated_parameter_is_refused(shared_web: Web) -> None:
    answer = shared_web.get("~/devices?limit=1&limit=2", shared_web.north)
    assert answer.get_json()["errors"] == [{"place": "query", "name": "limit", "detail": "Given more than once."}]


def test_a_list_of_nothing_is_empty(shared_web: Web) -> None:
    assert shared_web.get("~/devices?q=nowhere", shared_web.north).get_json() == {"items": [], "next": None}
