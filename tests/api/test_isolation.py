"""Every tenant's route × tenant × role × scope: what is not yours is not there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from api.app import RESOURCES
from api.resource import TENANT, AnyRoute, Resource, Route
from fleet import plugins
from fleet.identity import PERMISSIONS, Role, Scope
from tests.fixtures.web import Web, guard

EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]
ROUTES = [route for route in EVERY if isinstance(route, Route)]
OF_TENANT = [route for route in ROUTES if route.path.startswith(TENANT)]
OF_DEVICE = [route for route in OF_TENANT if "{device_id}" in route.path]
OF_THING = [route for route in OF_TENANT if "{site_id}" in route.path or "{window_id}" in route.path]
LET_IN = {"GET": 200, "POST": 415, "PATCH": 415, "DELETE": 404}
"""What a method is answered with by a principal who may, without a body and on a device that is not there."""
QUERIES = {
    "metrics": "?family=resource&field=cpu_load_ratio",
    "export": "?family=resource&fields=cpu_load_ratio",
    "bursts": "?family=interfaces&field=rx_bytes_total",
}


def name(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def path(route: AnyRoute, ids: Mapping[str, object]) -> str:
    return route.path.format(**ids) + QUERIES.get(route.path.rsplit("/", 1)[-1], "")


def own(web: Web) -> dict[str, object]:
    return {
        "tenant_id": web.north.id,
        "device_id": web.north.devices[0].id,
        "site_id": web.place(web.north),
        "window_id": web.work(web.north),
    }


def target(web: Web, route: AnyRoute) -> dict[str, object]:
    """Name what is there, but for removing: then one that is not, which only the handler can tell."""
    missing = dict.fromkeys(("device_id", "site_id", "window_id"), uuid4())
    return {**own(web), **missing} if route.method == "DELETE" else own(web)


def shape(answer: TestResponse, asked: object) -> dict[str, str]:
    """A problem without what names this request."""
    problem = answer.get_json()
    return {key: str(value).replace(str(asked), "ID") for key, value in problem.items() if key != "request_id"}


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_nobody_enters_without_a_credential(shared_web: Web, route: Route[Any]) -> None:
    assert shared_web.client().open(path(route, own(shared_web)), method=route.method).status_code == 401


@pytest.mark.parametrize(("route", "scope"), [*itertools.product(ROUTES, Scope)], ids=name)
def test_a_key_does_what_its_scope_says(shared_web: Web, route: Route[Any], scope: Scope) -> None:
    client = shared_web.client(shared_web.key(shared_web.north, scope))
    answer = client.open(path(route, target(shared_web, route)), method=route.method)
    assert answer.status_code == (
        LET_IN[route.method] if route.scope in (None, scope) and route.role is None else 403
    )


@pytest.mark.parametrize(("route", "role"), [*itertools.product(ROUTES, Role)], ids=name)
def test_a_person_does_what_the_role_says(shared_web: Web, route: Route[Any], role: Role) -> None:
    client = shared_web.browser(shared_web.north, role)
    place = path(route, target(shared_web, route))
    allowed = (route.scope is None or route.scope in PERMISSIONS[role]) and route.role in (None, role)
    answer = client.open(place, method=route.method, headers=guard(client))
    assert answer.status_code == (LET_IN[route.method] if allowed else 403)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
def test_another_site_cannot_write_with_the_cookie(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    for headers in ({}, {"X-CSRF-Token": "0" * 64}, {**guard(client), "Origin": "https://evil.example"}):
        answer = client.open(path(route, own(shared_web)), method=route.method, headers=headers, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize("route", OF_TENANT, ids=name)
def test_a_foreign_tenant_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    shapes = []
    for tenant in (shared_web.north.id, uuid4(), "nonsense"):
        answer = client.open(path(route, {**own(shared_web), "tenant_id": tenant}), method=route.method)
        assert answer.status_code == 404
        shapes.append(shape(answer, tenant))
    assert shapes[0] == shapes[1] == shapes[2]


@pytest.mark.parametrize("route", OF_DEVICE, ids=name)
def test_a_foreign_device_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    shapes = []
    for device in (shared_web.north.devices[2].id, uuid4()):
        ids = {"tenant_id": shared_web.south.id, "device_id": device}
        answer = client.open(path(route, ids), method=route.method, json={})
        assert answer.status_code == 404
        shapes.append(shape(answer, device))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("route", OF_THING, ids=name)
def test_a_foreign_site_or_window_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    shapes = []
    for site, window in ((shared_web.place(shared_web.north), shared_web.work(shared_web.north)), (uuid4(), uuid4())):
        ids = {"tenant_id": shared_web.south.id, "site_id": site, "window_id": window}
        answer = client.open(path(route, ids), method=route.method, json={"name": "stolen"})
        assert answer.status_code == 404
        shapes.append(shape(answer, site if "{site_id}" in route.path else window))
    assert shapes[0] == shapes[1]


def test_the_lists_of_two_tenants_share_nothing(shared_web: Web) -> None:
    seen = {
        tenant.slug: {device["id"] for device in shared_web.get("~/devices", tenant).get_json()["items"]}
        for tenant in (shared_web.north, shared_web.south)
    }
    assert seen["north"] == {str(device.id) for device in shared_web.north.devices}
    assert seen["south"] == {str(device.id) for device in shared_web.south.devices}


def test_an_id_has_one_form(shared_web: Web) -> None:
    device = shared_web.north.devices[0].id
    assert shared_web.get(f"~/devices/{str(device).upper()}", shared_web.north).status_code == 200
    for form in (device.hex, f"{{{device}}}", f"urn:uuid:{device}"):
        assert shared_web.get(f"~/devices/{form}", shared_web.north).status_code == 404
