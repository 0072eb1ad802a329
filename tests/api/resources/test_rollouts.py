"""Rollouts over REST: a plan that does not fit is refused with its reason, and one that fits is steered by people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.rolling import RolloutPreview
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home
from tests.fleet.rollouts.world import candidate, device, planned, terms


def post(web: Web, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = web.client(web.key(web.north)).post(f"{home(web.north)}/rollouts{path}", json=body or {})
    assert answer.status_code == status, answer.text
    return answer.get_json()


def turn(web: Web, path: str, body: dict[str, Any] | None = None, role: Role = Role.TENANT_ADMIN) -> Any:
    """Do something as a person of the tenant, or of the house."""
    client = web.browser(web.north, role)
    place, method = path.replace("~", home(web.north)), "PATCH" if path.endswith("/rules") else "POST"
    answer = client.open(place, method=method, json=body or {}, headers=guard(client))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def got(web: Web, path: str) -> Any:
    answer = web.get(f"~/rollouts{path}", web.north)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def drop(web: Web, rollout_id: UUID) -> None:
    """End a rollout as its job would."""
    with web.context.stores.engine("flotilla_platform").begin() as connection:
        over = "UPDATE rollout_devices SET live = false WHERE rollout_id = :id"
        connection.execute(text(over), {"id": rollout_id})


def test_a_plan_is_approved_started_and_stopped(shared_web: Web) -> None:
    made = shared_web.rollout(shared_web.north)
    row = got(shared_web, f"/{made}")
    assert (row["state"], row["stages"], row["approved_by"]) == ("planned", {"pending": 1}, None)
    assert post(shared_web, f"/{made}/approve", {"digest": "0" * 64}, 409)["code"] == "conflict"
    assert post(shared_web, f"/{made}/approve", {"digest": row["digest"]})["state"] == "approved"
    assert post(shared_web, f"/{made}/start")["state"] == "running"
    assert post(shared_web, f"/{made}/start", status=409)["code"] == "conflict"
    assert post(shared_web, f"/{made}/pause")["state"] == "paused"
    assert post(shared_web, f"/{made}/resume")["state"] == "running"
    assert post(shared_web, f"/{made}/retry")["state"] == "running"
    assert post(shared_web, f"/{made}/abort")["state"] == "aborting"
    drop(shared_web, made)
    (device,) = got(shared_web, f"/{made}/devices")["items"]
    assert (device["hops"], device["stage"], device["back"]) == (["7.24.4"], "pending", "downgrade")
    assert got(shared_web, f"/{made}/devices/{device['device_id']}") == {"items": []}
    assert str(made) in [one["id"] for one in got(shared_web, "")["items"]]


def test_one_begins_at_its_time_and_may_be_dropped_before(shared_web: Web) -> None:
    made = shared_web.rollout(shared_web.north)
    at = "2026-01-05T22:00:00Z"
    row = post(shared_web, f"/{made}/start", {"at": at})
    assert (row["state"], row["started_at"], row["starts_at"]) == ("scheduled", at, None)
    assert "at the earliest" in post(shared_web, f"/{made}/start", {"at": "now-1h"}, 409)["detail"]
    assert post(shared_web, f"/{made}/start", {"at": "soon"}, 422)["code"] == "invalid"
    (device,) = got(shared_web, f"/{made}/devices")["items"]
    assert post(shared_web, f"/{made}/devices/{device['device_id']}/skip", status=409)["code"] == "conflict"
    assert post(shared_web, f"/{made}/abort")["state"] == "aborted"


def test_a_device_is_left_out_of_one_that_runs(shared_web: Web) -> None:
    made = shared_web.rollout(shared_web.north)
    assert post(shared_web, f"/{made}/start")["state"] == "running"
    device = str(shared_web.north.devices[0].id)
    assert post(shared_web, f"/{made}/devices/{device}/skip")["stages"] == {"skipped": 1}
    drop(shared_web, made)


def test_a_second_person_approves_where_an_administrator_says_so(shared_web: Web) -> None:
    assert turn(shared_web, "~/firmware/rules", {"second_person": True})["second_person"]
    made = shared_web.rollout(shared_web.north)
    digest = {"digest": got(shared_web, f"/{made}")["digest"]}
    assert post(shared_web, f"/{made}/start", status=409)["code"] == "conflict"
    # A program is no second person.
    assert "second person" in post(shared_web, f"/{made}/approve", digest, 403)["detail"]
    assert turn(shared_web, f"~/rollouts/{made}/approve", digest, Role.OPERATOR)["state"] == "approved"
    assert not turn(shared_web, "~/firmware/rules", {"second_person": False})["second_person"]


@pytest.mark.parametrize(
    ("place", "role", "what"),
    [
        ("~/firmware/stop", Role.OPERATOR, "all rollouts:"),
        ("/api/firmware/stop", Role.SUPER_ADMIN, "of all tenants:"),
    ],
)
def test_everything_is_stopped_and_let_go_on(shared_web: Web, place: str, role: Role, what: str) -> None:
    made = shared_web.rollout(shared_web.north)
    post(shared_web, f"/{made}/start")
    told = turn(shared_web, place, {"reason": "a storm"}, role)
    assert told["stopped"]["reason"] == "a storm"
    row = got(shared_web, f"/{made}")
    assert row["state"] == "running"
    assert f"{what} a storm" in row["stopped"]
    known = shared_web.get("~/firmware/rules", shared_web.north).get_json()
    assert [known["stopped"] is None, known["house"] is None] == [place[0] == "/", place[0] == "~"]
    assert turn(shared_web, f"{place}/lift", role=role)["stopped"] is None
    assert got(shared_web, f"/{made}")["stopped"] is None
    drop(shared_web, made)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"target": "soon"}, "neither a version nor a channel"),
        ({"target": "stable"}, "does not know the channel"),
        ({"target": "7.24.4", "strategy": "luck"}, "no strategy"),
        ({"target": "7.24.4", "strategy": "everything"}, "your word"),
        ({"target": "7.24.4"}, "No device is left"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_reason(shared_web: Web, wish: dict[str, Any], why: str) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    for place in ("rollouts", "rollout-preview"):
        answer = client.post(f"{home(shared_web.north)}/{place}", json={"name": "spring", **wish})
        assert answer.status_code == 422
        assert why in answer.get_json()["detail"]


def test_who_is_not_the_tenants_cannot_join(shared_web: Web) -> None:
    foreign = {"target": "7.24.4", "devices": [str(shared_web.south.devices[0].id)]}
    assert "no device" in post(shared_web, "", {"name": "theft", **foreign}, 422)["detail"]
    unknown = {"target": "7.24.4", "group": "nobody"}
    assert post(shared_web, "", {"name": "spring", **unknown}, 404)["code"] == "not_found"


def test_a_preview_tells_waves_pairs_and_who_is_left_out() -> None:
    pair = frozenset({device(0), device(1)})
    ones = [candidate(n, pushing=n == 3) for n in range(4)]
    drawn = planned(*ones, of=terms(selector={"group": "x"}), pairs=(pair,))
    told = RolloutPreview.of(drawn)
    assert (told.target, told.selector, told.pairs) == ("7.24.4", {"group": "x"}, [sorted(pair)])
    assert sum(told.waves) == len(told.items) == 3
    assert [one.name for one in told.skipped] == ["r003"]
    assert {one.name: one.hops for one in told.items}["r000"] == ["7.24.4"]


def test_its_report_comes_in_the_form_that_is_asked_for(shared_web: Web) -> None:
    made = shared_web.rollout(shared_web.north)
    client, path = (
        shared_web.client(shared_web.key(shared_web.north)),
        f"{home(shared_web.north)}/rollouts/{made}/report",
    )
    for query, accept, media in (
        ("", "*/*", "text/csv"),
        ("", "text/html", "text/html"),
        ("?format=csv", "text/html", "text/csv"),
        ("?format=html", "*/*", "text/html"),
    ):
        answer = client.get(path + query, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == media
        assert shared_web.north.devices[0].name in answer.text
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert shared_web.get(f"~/rollouts/{made}/report", shared_web.south).status_code == 404


def test_another_tenant_sees_none_of_it(shared_web: Web) -> None:
    made = shared_web.rollout(shared_web.north)
    assert shared_web.get(f"~/rollouts/{made}", shared_web.south).status_code == 404
