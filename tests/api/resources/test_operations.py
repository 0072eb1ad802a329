"""What was done to devices, over REST."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from db import operations
from db.tenancy import tenant_session
from fleet.identity import Scope
from fleet.operations import Operation, Outcome
from tests.fixtures.database import Tenant
from tests.fixtures.web import NOW, Web


def record(web: Web, tenant: Tenant, count: int) -> list[str]:
    """Record operations on a tenant's devices in turn, and return their ids from the newest on."""
    done = [
        Operation(
            tenant_id=tenant.id,
            device_id=tenant.devices[n % 2].id,
            kind=("device.updated", "device.created")[n % 2],
            by="ada@north.example",
            at=NOW + n * timedelta(seconds=1),
            ended_at=NOW + n * timedelta(seconds=1),
            detail={"fields": ["name"]},
        )
        for n in range(count)
    ]
    with tenant_session(web.context.stores, tenant.principal) as session:
        operations.record(session, *done)
    return [str(one.id) for one in reversed(done)]


def test_the_list_goes_on_page_by_page_from_the_newest(web: Web) -> None:
    wanted, found, after = record(web, web.north, 5), [], ""
    while True:
        page = web.get(f"~/operations?limit=2{after}", web.north).get_json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == wanted


def test_it_is_narrowed_to_a_device_and_a_kind(web: Web) -> None:
    ids = record(web, web.north, 4)
    device = web.north.devices[0].id
    for query, wanted in (
        (f"device_id={device}", ids[1::2]),
        ("kind=device.created", ids[0::2]),
        (f"device_id={device}&kind=device.created", []),
        (f"device_id={uuid4()}", []),
    ):
        page = web.get(f"~/operations?{query}", web.north).get_json()
        assert ([one["id"] for one in page["items"]], page["next"]) == (wanted, None)


def test_it_is_narrowed_to_who_asked_when_and_with_what_outcome(web: Web) -> None:
    ids = record(web, web.north, 4)
    for query, wanted in (
        ("by=ada@north.example", ids),
        ("by=nobody", []),
        ("outcome=done", ids),
        ("outcome=failed", []),
        ("request_id=none", []),
        ("from=2026-01-05T12:00:02Z", ids[:2]),
        ("from=2026-01-05T12:00:01Z&to=2026-01-05T12:00:03Z", ids[1:3]),
    ):
        page = web.get(f"~/operations?{query}", web.north).get_json()
        assert [one["id"] for one in page["items"]] == wanted, query


def test_one_is_found_by_its_id_and_another_tenants_is_not(web: Web) -> None:
    (mine,), (theirs,) = record(web, web.north, 1), record(web, web.south, 1)
    listed = web.get("~/operations", web.north).get_json()["items"]
    assert [web.get(f"~/operations/{mine}", web.north).get_json()] == listed
    for foreign in (theirs, uuid4()):
        answer = web.get(f"~/operations/{foreign}", web.north)
        assert (answer.status_code, answer.get_json()["detail"]) == (404, f"There is no operation {foreign}.")


def test_an_operation_tells_who_did_what_and_how_it_went(web: Web) -> None:
    failed = Operation(
        tenant_id=web.north.id,
        device_id=None,
        kind="fleet.backup",
        by="timekeeper",
        at=NOW,
        outcome=Outcome.FAILED,
        ended_at=NOW + timedelta(seconds=2),
        error="OpenBao is away.",
        request_id="request-1",
        detail={"devices": 3},
    )
    with tenant_session(web.context.stores, web.north.principal) as session:
        operations.record(session, failed)
    assert web.get("~/operations", web.north).get_json() == {
        "items": [
            {
                "id": str(failed.id),
                "device_id": None,
                "kind": "fleet.backup",
                "by": "timekeeper",
                "at": "2026-01-05T12:00:00Z",
                "ended_at": "2026-01-05T12:00:02Z",
                "outcome": "failed",
                "error": "OpenBao is away.",
                "request_id": "request-1",
                "detail": {"devices": 3},
            }
        ],
        "next": None,
    }


def test_a_tenant_sees_its_own_alone(web: Web) -> None:
    theirs, mine = record(web, web.south, 2), record(web, web.north, 2)
    assert [one["id"] for one in web.get("~/operations", web.north).get_json()["items"]] == mine
    foreign = web.get(f"~/operations?device_id={web.south.devices[0].id}", web.north).get_json()
    assert foreign == {"items": [], "next": None}
    answer = web.get(f"~/operations?after={theirs[0]}", web.north)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "after=x", "device_id=x", "kind=", "kind=Device", "colour=red"]
)
def test_a_bad_query_is_named(shared_web: Web, query: str) -> None:
    answer = shared_web.get(f"~/operations?{query}", shared_web.north)
    problem = answer.get_json()
    assert (answer.status_code, [fault["name"] for fault in problem["errors"]]) == (422, [query.split("=")[0]])


def test_it_needs_the_scope_to_read_devices(shared_web: Web) -> None:
    assert shared_web.get("~/operations", shared_web.north, Scope.DEVICES_READ).status_code == 200
    assert shared_web.get("~/operations", shared_web.north, Scope.METRICS_READ).status_code == 403
