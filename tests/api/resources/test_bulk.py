"""Many devices at once: by list and by table, each row for itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from db import inventory
from db.platform import platform_session
from fleet.device import Device
from fleet.egress import SIMULATED
from fleet.identity import DeviceId
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import stored
from tests.fixtures.simulator import Served
from tests.fixtures.web import Web, home

HEAD = "name,address,username,password,tls,tags\n"
NEW: dict[str, Any] = {"name": "core-1", "address": "198.51.100.7", "username": "flotilla", "password": "pw é"}
TABLES = ("devices", "device_tags", "operations", "outbox")


def ask(web: Web, query: str = "", tenant: Tenant | None = None, **body: Any) -> TestResponse:
    tenant = tenant or web.north
    return web.client(web.key(tenant)).post(f"{home(tenant)}/devices/bulk{query}", **body)


def rows(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def by_list(web: Web, *devices: object, query: str = "", tenant: Tenant | None = None) -> list[dict[str, Any]]:
    return rows(ask(web, query, tenant, json={"devices": devices}))


def by_table(web: Web, text: str | bytes, query: str = "") -> list[dict[str, Any]]:
    return rows(ask(web, query, data=text, content_type="text/csv"))


def statuses(found: list[dict[str, Any]]) -> list[tuple[int, str, str | None]]:
    return [(row["line"], row["status"], row["code"]) for row in found]


def everything(database: Database) -> list[Any]:
    return [stored(database, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def device(web: Web, device_id: str) -> Device:
    (found,) = inventory.some(web.context.stores, [DeviceId(UUID(device_id))])
    return found


def test_a_list_makes_changes_and_removes(web: Web, database: Database) -> None:
    first, second, third = web.north.devices
    found = by_list(
        web,
        {**NEW, "tags": ["core"], "interval_seconds": 30},
        {"name": first.name, "port": 8730, "password": "other"},
        {"id": str(second.id), "name": "renamed"},
        {"id": str(third.id), "action": "delete"},
    )
    assert statuses(found) == [(1, "created", None), (2, "updated", None), (3, "updated", None), (4, "deleted", None)]
    assert [row["changed"] for row in found] == [[], ["port", "password"], ["name"], []]
    assert [row["name"] for row in found] == ["core-1", first.name, "renamed", third.name]
    made = device(web, found[0]["id"])
    assert web.context.vault.open(web.north.id, [made.secret]) == ["pw é".encode()]
    assert web.context.vault.open(web.north.id, [device(web, found[1]["id"]).secret]) == [b"other"]
    kinds = stored(database, "SELECT kind, device_id FROM operations")
    assert sorted(kinds) == sorted(
        (f"device.{kind}", UUID(row["id"]))
        for kind, row in zip(("created", "updated", "updated", "deleted"), found, strict=True)
    )
    assert stored(database, "SELECT count(*) FROM outbox") == [(4,)]


def test_a_bad_row_costs_only_itself(web: Web, database: Database) -> None:
    found = by_list(
        web,
        {**NEW, "port": "8729"},
        {"name": "x", "address": "198.51.100.8"},
        {**NEW, "name": "loop", "address": "127.0.0.1"},
        {**NEW, "name": "nowhere", "site": "no such site"},
        {**NEW, "name": "twin", "address": "192.0.2.1", "tls": "plain"},
        {**NEW, "name": "unpinned", "tls": "pin"},
        {"id": str(uuid4()), "port": 1},
        {},
        5,
        {**NEW, "name": "bad", "colour": "red"},
        NEW,
        {**NEW, "address": "198.51.100.9"},
    )
    codes = ["bad_input", "bad_input", "egress_denied", "bad_input", "conflict", "bad_input", "not_found"]
    assert statuses(found) == [
        *((n, "failed", code) for n, code in enumerate((*codes, "bad_input", "bad_input", "bad_input"), 1)),
        (11, "created", None),
        (12, "failed", "bad_input"),
    ]
    assert all(row["detail"] and row["next_step"] for row in found if row["status"] == "failed")
    named = [[fault["name"] for fault in row["errors"]] for row in found]
    assert named[0] == ["port"]
    assert named[1] == ["username", "password"]
    assert named[5] == ["fingerprint"]
    assert named[7] == ["name"]
    assert named[9] == ["colour"]
    assert "Line 11" in found[11]["detail"]
    assert stored(database, "SELECT count(*) FROM operations") == [(1,)]
    assert stored(database, "SELECT name FROM devices WHERE name !~ 'router'") == [("core-1",)]


def test_a_table_of_a_spreadsheet_is_taken(web: Web) -> None:
    table = (
        "\ufeffName;Address;Username;Password;TLS;Tags;Site;Interval seconds\r\n"
        'core-1;198.51.100.7;flotilla;"p;""w";PLAIN;core edge;;30\r\n'
        ";;;;;;;\r\n"
        "core-2;198.51.100.8;flotilla;pw;maybe;;;\r\n"
        "router-000;;;;;-;-;\r\n"
    )
    found = by_table(web, table.encode())
    assert statuses(found) == [(2, "created", None), (4, "failed", "bad_input"), (5, "unchanged", None)]
    made = web.get(f"~/devices/{found[0]['id']}", web.north).get_json()
    assert (made["tls"], made["port"], made["tags"], made["interval_seconds"]) == (
        "plain",
        8728,
        ["core", "edge"],
        30,
    )
    assert web.context.vault.open(web.north.id, [device(web, found[0]["id"]).secret]) == [b'p;"w']


def test_rows_may_name_a_profile(web: Web) -> None:
    profile = str(web.profile(web.north))
    name = web.get(f"~/profiles/{profile}", web.north).get_json()["name"]
    found = by_table(
        web,
        "name,address,username,profile\n"
        f"core-1,198.51.100.7,,{name}\n"
        f"core-2,198.51.100.8,flotilla,{name}\n"
        "core-3,198.51.100.9,,no such profile\n"
        f"router-000,,,{profile}\n",
    )
    assert [row["status"] for row in found] == ["created", "failed", "failed", "updated"]
    assert ([fault["name"] for fault in found[1]["errors"]], found[3]["changed"]) == (
        ["username"],
        ["username", "profile", "password"],
    )
    for row in (found[0], found[3]):
        assert web.get(f"~/devices/{row['id']}", web.north).get_json()["profile"] == name
        assert device(web, row["id"]).username == "watcher"
    assert by_list(web, {"name": "core-1", "profile": name})[0]["status"] == "unchanged"


def test_what_is_as_it_was_is_no_change(web: Web, database: Database) -> None:
    before = everything(database)
    found = by_table(web, "id,name,tls,port\n" + f"{web.north.devices[0].id},router-000,plain,8728\n")
    assert statuses(found) == [(2, "unchanged", None)]
    assert everything(database) == before


def test_a_trial_tells_the_same_and_keeps_nothing(web: Web, database: Database) -> None:
    before = everything(database)
    wanted = [NEW, {"name": "router-000", "port": 1}, {"name": "router-001", "action": "delete"}, {"name": "x"}]
    tried = by_list(web, *wanted, query="?dry_run=true")
    assert everything(database) == before
    done = by_list(web, *wanted)
    assert [{**row, "id": None} for row in tried] == [{**row, "id": None} for row in done]
    assert [row["status"] for row in done] == ["created", "updated", "deleted", "failed"]


@pytest.mark.parametrize(
    ("action", "there", "new"),
    [
        ("apply", "updated", "created"),
        ("create", "conflict", "created"),
        ("update", "updated", "not_found"),
        ("delete", "deleted", "not_found"),
    ],
)
def test_what_rows_are_for_is_said_for_all_of_them(web: Web, action: str, there: str, new: str) -> None:
    old = {**NEW, "name": "router-000", "address": "192.0.2.77"}
    found = by_list(web, old, NEW, query=f"?action={action}")
    assert [row["code"] or row["status"] for row in found] == [there, new]


def test_another_tenants_devices_are_not_there(web: Web, database: Database) -> None:
    before = everything(database)
    theirs, nowhere = str(web.south.devices[0].id), str(uuid4())
    for action in ("update", "delete", "apply"):
        mine, none = by_list(web, {"id": theirs, "port": 1}, {"id": nowhere, "port": 1}, query=f"?action={action}")
        assert (mine["status"], mine["code"]) == ("failed", "not_found")
        assert {**mine, "line": 0, "id": 0} == {**none, "line": 0, "id": 0} | {
            "detail": none["detail"].replace(nowhere, theirs)
        }
    site = str(web.place(web.south))
    before = everything(database)
    (row,) = by_list(web, {**NEW, "site": site})
    assert (row["status"], row["code"]) == ("failed", "bad_input")
    assert everything(database) == before


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "name the columns"),
        (b"name,adress\na,b\n", "'adress'"),
        (b"name\n", "no rows"),
        (b"name\n" + b"a\n" * 1001, "more than 1000 rows"),
        (b"name\n\xe9\n", "UTF-8"),
    ],
)
def test_what_is_no_such_table_is_refused(shared_web: Web, table: bytes, said: str) -> None:
    answer = ask(shared_web, data=table, content_type="text/csv")
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "bad_input")
    assert said in problem["detail"]
    assert problem["next_step"]


def test_a_list_has_at_most_so_many_rows(shared_web: Web) -> None:
    for devices in ([], [{}] * 1001):
        answer = ask(shared_web, json={"devices": devices})
        assert (answer.status_code, answer.get_json()["errors"][0]["name"]) == (422, "devices")


def test_a_password_is_in_no_answer(shared_web: Web) -> None:
    secret = "hunter2 hunter2"
    answer = ask(shared_web, json={"devices": [{**NEW, "password": secret, "port": 0}, {"password": secret}]})
    assert secret not in answer.text
    answer = ask(shared_web, data=HEAD + f"a,b c,u,{secret},plain,\n", content_type="text/csv")
    assert secret not in answer.text


def test_the_first_certificate_is_taken_by_consent(web: Web, fleet_of_three: Served, database: Database) -> None:
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, [str(SIMULATED)])
    web.context.probes.patience = timedelta(minutes=1)
    entry = fleet_of_three.inventory[0]
    place = {"address": entry.address, "port": entry.api_ssl_port, "trust": True}
    found = by_list(
        web,
        {**NEW, **place},
        {**NEW, "name": "away", "address": entry.address, "port": 1, "trust": True},
        {**NEW, "name": "plain", "address": entry.address, "tls": "plain", "trust": True},
    )
    assert statuses(found) == [(1, "created", None), (2, "failed", "unreachable"), (3, "failed", "bad_input")]
    made = web.get(f"~/devices/{found[0]['id']}", web.north).get_json()
    assert (made["tls"], made["fingerprint"]) == ("pin", entry.fingerprint)
    (detail,) = stored(database, "SELECT detail ->> 'trusted_at_first_use' FROM operations")
    assert detail == (entry.fingerprint,)


def test_rows_are_done_in_their_order(web: Web) -> None:
    first, second, _ = web.north.devices
    found = by_list(
        web,
        {"id": str(first.id), "name": "moved"},
        {**NEW, "name": first.name},
        {"id": str(second.id), "action": "delete"},
        {**NEW, "name": "heir", "address": second.endpoint.address, "port": second.endpoint.port},
    )
    assert [row["code"] or row["status"] for row in found] == ["updated", "bad_input", "deleted", "created"]


def test_of_many_new_ones_only_the_bad_fail(web: Web, database: Database) -> None:
    many = [{**NEW, "name": f"r{n}", "address": f"198.51.100.{n}", "tags": ["new"]} for n in range(20)]
    many[3]["address"] = many[2]["address"]
    many[11]["site"] = "nowhere"
    many[19]["address"], many[19]["tls"] = "192.0.2.1", "plain"
    found = by_list(web, *many)
    failed = [(row["line"], row["code"]) for row in found if row["status"] != "created"]
    assert failed == [(4, "conflict"), (12, "bad_input"), (20, "conflict")]
    assert stored(database, "SELECT count(*) FROM device_tags WHERE tag = 'new'") == [(17,)]
    for table in ("operations", "outbox"):
        assert stored(database, f"SELECT count(*) FROM {table}") == [(17,)]


def test_tags_come_and_go_beside_those_that_are_there(web: Web) -> None:
    one, two, _ = (str(device.id) for device in web.north.devices)
    by_list(web, {"id": one, "tags": ["core", "lab"]}, {"id": two, "tags": ["edge"]})
    wish = {"tags_add": ["edge", "tower"], "tags_remove": ["lab"]}
    found = by_list(web, {"id": one, **wish}, {"id": two, **wish})
    assert [(row["status"], row["changed"]) for row in found] == [("updated", ["tags"])] * 2
    tags = [web.get(f"~/devices/{device}", web.north).get_json()["tags"] for device in (one, two)]
    assert tags == [["core", "edge", "tower"], ["edge", "tower"]]
    assert by_list(web, {"id": one, **wish})[0]["status"] == "unchanged"


def test_all_tags_and_more_of_them_are_refused_together_and_for_a_new_device(web: Web) -> None:
    one = str(web.north.devices[0].id)
    both, new = by_list(web, {"id": one, "tags": ["core"], "tags_add": ["lab"]}, {**NEW, "tags_add": ["lab"]})
    assert (both["status"], both["errors"][0]["name"]) == ("failed", "tags")
    assert (new["status"], new["errors"][0]["name"]) == ("failed", "tags")
