"""Tenants over REST: listed by whoever may enter, made and renamed by super_admins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from db import accounts
from db.platform import platform_session
from db.vault import Vault
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home

PATH = "/api/tenants"
NEW = {"slug": "east", "name": "East", "networks": ["10.20.0.0/16"]}


def slugs(web: Web) -> list[str]:
    with platform_session(web.context.stores, "test") as session:
        return [row.slug for row in accounts.tenants(session)]


def test_a_tenant_is_made_with_its_key_and_networks(web: Web) -> None:
    chief = web.browser(web.north, Role.SUPER_ADMIN)
    answer = chief.post(PATH, json=NEW, headers=guard(chief))
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{PATH}/{made['id']}")
    assert (made["slug"], made["name"]) == ("east", "East")
    assert web.context.vault.seal(made["id"], [b"x"])
    chief.post("/api/auth/enter", json={"tenant_id": made["id"]}, headers=guard(chief))
    assert chief.get(f"{PATH}/{made['id']}").get_json() == made
    kinds = [one["kind"] for one in chief.get(f"{PATH}/{made['id']}/operations").get_json()["items"]]
    assert sorted(kinds) == ["tenant.created", "tenant.entered"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"slug": "north"}, 409),
        ({"slug": "North"}, 422),
        ({"slug": ""}, 422),
        ({"name": ""}, 422),
        ({"name": "\x00"}, 422),
        ({"networks": ["10.20.0.1/16"]}, 422),
        ({"networks": ["everywhere"]}, 422),
        ({"owner": "me"}, 422),
    ],
)
def test_a_tenant_that_is_refused_leaves_nothing(shared_web: Web, change: dict[str, Any], status: int) -> None:
    chief = shared_web.browser(shared_web.north, Role.SUPER_ADMIN)
    answer = chief.post(PATH, json={**NEW, **change}, headers=guard(chief))
    assert answer.status_code == status
    assert answer.get_json()["next_step"]
    assert slugs(shared_web) == ["north", "south"]


def test_without_openbao_no_tenant_is_made(shared_web: Web) -> None:
    context = replace(shared_web.context, vault=Vault("http://127.0.0.1:9", "role", "secret"))
    alone = replace(shared_web, app=create_app(context), context=context)
    chief = alone.browser(alone.north, Role.SUPER_ADMIN)
    answer = chief.post(PATH, json=NEW, headers=guard(chief))
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert slugs(shared_web) == ["north", "south"]


def test_a_tenant_is_renamed_by_a_super_admin_within_it(web: Web) -> None:
    chief, admin = web.browser(web.north, Role.SUPER_ADMIN), web.browser(web.north, Role.TENANT_ADMIN)
    name = {"name": "North & Co"}
    assert admin.patch(home(web.north), json=name, headers=guard(admin)).status_code == 403
    assert chief.patch(home(web.south), json=name, headers=guard(chief)).status_code == 404
    assert chief.patch(home(web.north), json=name, headers=guard(chief)).get_json()["name"] == "North & Co"
    assert admin.get(home(web.north)).get_json() == {"id": str(web.north.id), "slug": "north", **name}


def test_tenants_come_by_pages(shared_web: Web) -> None:
    chief = shared_web.browser(shared_web.north, Role.SUPER_ADMIN)
    first = chief.get(f"{PATH}?limit=1").get_json()
    assert ([one["slug"] for one in first["items"]], first["next"]) == (["north"], "north")
    second = chief.get(f"{PATH}?limit=1&after=north").get_json()
    assert ([one["slug"] for one in second["items"]], second["next"]) == (["south"], None)


def test_a_person_of_two_tenants_sees_and_enters_both(web: Web) -> None:
    person = web.person(web.north)
    with platform_session(web.context.stores, "test") as session:
        accounts.grant(session, web.south.id, person.id, Role.OPERATOR)
    client = web.seat(person.email, web.north)
    assert [one["slug"] for one in client.get(PATH).get_json()["items"]] == ["north", "south"]
    assert (
        client.post("/api/auth/enter", json={"tenant_id": str(web.south.id)}, headers=guard(client)).status_code
        == 200
    )
    assert client.get(home(web.south)).status_code == 200
    told = web.browser(web.south, Role.TENANT_ADMIN).get(f"{home(web.south)}/operations?kind=tenant.entered")
    assert told.get_json()["items"] == [], "only a super_admin's entry is one into somebody else's"
