"""What the devices have, over REST: of one, across the tenant, and what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from fleet.device import Device
from fleet.identity import Scope
from fleet.inventory import Facts
from routeros.inventory import kinds
from tests.fixtures.database import Database
from tests.fixtures.metrics import NOW, received, seconds, stocked, write
from tests.fixtures.web import Web

ROS: Facts = {"name": "routeros", "version": "7.16", "disabled": False}
IOT: Facts = {"name": "iot", "version": "7.15", "disabled": True}


@pytest.fixture
def stock(web: Web, database: Database) -> Web:
    """Two devices of north and one of south have packages, one lost one, and one has a service."""
    one, two, _ = web.north.devices
    events = [
        stocked(one, NOW, {"routeros": {**ROS, "version": "7.15"}, "iot": IOT, "gps": {"name": "gps"}}),
        stocked(two, NOW, {"routeros": ROS}, told=5),
        stocked(web.south.devices[0], NOW, {"routeros": ROS}),
        stocked(one, NOW, {"api": {"name": "api", "port": 8728}}, "services"),
        stocked(one, seconds(9), {"routeros": ROS, "iot": IOT}),
    ]
    write(database, received(events))
    return web


def ask(web: Web, path: str) -> Any:
    answer = web.get(f"~/{path}", web.north)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def found(web: Web, query: str) -> list[tuple[str, str]]:
    return [(item["device"], item["key"]) for item in ask(web, f"inventory/{query}")["items"]]


def device(web: Web, number: int = 0) -> Device:
    return web.north.devices[number]


def test_a_devices_inventory_is_told_by_kind(stock: Web) -> None:
    packages, services = ask(stock, f"devices/{device(stock).id}/inventory")["kinds"]
    assert (packages["kind"], packages["told"], packages["kept"]) == ("packages", 2, 2)
    iot, ros = packages["items"]
    assert (iot["key"], iot["facts"], iot["gone_at"]) == ("iot", IOT, None)
    assert (ros["first_seen"], ros["last_seen"]) == ("2026-01-05T12:00:00Z", "2026-01-05T12:00:09Z")
    assert services["items"][0]["facts"] == {"name": "api", "port": 8728}


def test_it_is_narrowed_to_a_kind_and_tells_what_is_gone_when_asked(stock: Web) -> None:
    (packages,) = ask(stock, f"devices/{device(stock).id}/inventory?kind=packages&gone=true")["kinds"]
    assert [(item["key"], item["gone_at"]) for item in packages["items"]] == [
        ("gps", "2026-01-05T12:00:09Z"),
        ("iot", None),
        ("routeros", None),
    ]


def test_a_list_that_was_cut_says_how_much_there_was(stock: Web) -> None:
    (packages,) = ask(stock, f"devices/{device(stock, 1).id}/inventory")["kinds"]
    assert (packages["told"], packages["kept"], len(packages["items"])) == (5, 1, 1)


def test_a_device_that_was_never_heard_has_nothing(stock: Web) -> None:
    assert ask(stock, f"devices/{device(stock, 2).id}/inventory")["kinds"] == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("packages", ["0:iot", "0:routeros", "1:routeros"]),
        ("packages?name=iot", ["0:iot"]),
        ("packages?name=routeros&version=7.16", ["0:routeros", "1:routeros"]),
        ("packages?version=7.15", ["0:iot"]),
        ("packages?disabled=true", ["0:iot"]),
        ("packages?q=ROUTER-001", ["1:routeros"]),
        ("packages?q=7.1", ["0:iot", "0:routeros", "1:routeros"]),
        ("packages?q=%25", []),
        ("packages?gone=true&q=gps", ["0:gps"]),
        ("packages?name=routeros' OR true --", []),
        ("services?port=8728", ["0:api"]),
        ("services?port=8729", []),
        ("neighbours", []),
    ],
)
def test_who_has_something_is_found_across_the_tenant(stock: Web, query: str, names: list[str]) -> None:
    wanted = [(device(stock, int(name[0])).name, name[2:]) for name in names]
    assert found(stock, query) == wanted


def test_a_list_goes_on_page_by_page(stock: Web) -> None:
    seen, after = [], ""
    while True:
        page = ask(stock, f"inventory/packages?limit=1{after}")
        seen += [item["key"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == ["iot", "routeros", "routeros"]


def test_the_changes_are_told_from_the_newest_on(stock: Web) -> None:
    page = ask(stock, "inventory/changes")
    told = sorted((c["device"], c["key"], c["what"], c["before"], c["after"]) for c in page["items"])
    assert told == [
        (device(stock).name, "gps", "removed", {"name": "gps"}, {}),
        (device(stock).name, "routeros", "changed", {"version": "7.15"}, {"version": "7.16"}),
    ]
    assert page["next"] is None
    first = ask(stock, "inventory/changes?limit=1")
    rest = ask(stock, f"inventory/changes?limit=1&after={first['next']}")
    assert [c["id"] for c in first["items"] + rest["items"]] == [c["id"] for c in page["items"]]


@pytest.mark.parametrize(("query", "count"), [("kind=packages", 2), ("kind=users", 0)])
def test_the_changes_are_narrowed(stock: Web, query: str, count: int) -> None:
    assert len(ask(stock, f"inventory/changes?{query}")["items"]) == count
    assert len(ask(stock, f"inventory/changes?device_id={device(stock).id}&{query}")["items"]) == count
    assert ask(stock, f"inventory/changes?device_id={device(stock, 1).id}&{query}")["items"] == []
    assert ask(stock, f"inventory/changes?device_id={stock.south.devices[0].id}&{query}")["items"] == []


def test_the_catalogue_tells_every_kind_and_its_facts(stock: Web) -> None:
    items = {item["name"]: item for item in ask(stock, "inventory")["items"]}
    assert set(items) == set(kinds())
    assert items["packages"]["key"] == ["name"]
    assert [fact["name"] for fact in items["users"]["facts"] if fact["volatile"]] == ["last_login"]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("inventory/packages?colour=red", "colour"),
        ("inventory/packages?after=nonsense", "after"),
        ("inventory/services?port=many", "port"),
        ("inventory/changes?kind=weather", "packages"),
        (f"inventory/changes?after={UUID(int=7)}", "after"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(stock: Web, path: str, hint: str) -> None:
    answer = stock.get(f"~/{path}", stock.north)
    assert answer.status_code == 422
    assert hint in answer.text


def test_an_unknown_kind_of_a_device_is_refused_and_a_foreign_device_is_not_there(stock: Web) -> None:
    assert stock.get(f"~/devices/{device(stock).id}/inventory?kind=weather", stock.north).status_code == 422
    assert stock.get(f"~/devices/{stock.south.devices[0].id}/inventory", stock.north).status_code == 404
    assert stock.get("~/inventory/weather", stock.north).status_code == 404


def test_it_takes_the_scope_of_the_devices(stock: Web) -> None:
    for path in ("inventory", "inventory/packages", "inventory/changes"):
        assert stock.get(f"~/{path}", stock.north, Scope.METRICS_READ).status_code == 403
