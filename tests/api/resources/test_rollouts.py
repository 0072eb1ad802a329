"""Rollouts over REST: a plan that does not fit is refused with its reason, and one that fits is steered by people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.fixtures.web import Web, home


def post(web: Web, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = web.client(web.key(web.north)).post(f"{home(web.north)}/rollouts{path}", json=body or {})
    assert answer.status_code == status, answer.text
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
    told = post(shared_web, "", {"name": "spring", **wish}, 422)
    assert why in told["detail"]


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
