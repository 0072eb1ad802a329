"""Every tenant's route × tenant: what is not yours is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from api.app import RESOURCES
from api.resource import TENANT, AnyRoute, Resource, Route
from fleet import plugins
from fleet.identity import Role
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard

EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]
ROUTES = [route for route in EVERY if isinstance(route, Route)]
OF_TENANT = [route for route in ROUTES if route.path.startswith(TENANT)]
OF_DEVICE = [route for route in OF_TENANT if "{device_id}" in route.path]
THINGS = {
    "site_id": "place",
    "window_id": "work",
    "group_id": "group",
    "operation_id": "deed",
    "profile_id": "profile",
    "scan_id": "scan",
    "push_id": "push",
    "campaign_id": "campaign",
    "rollout_id": "rollout",
    "version_id": "configuration",
    "backup_id": "backup",
    "run_id": "run",
    "template_id": "template",
    "alert_id": "alert",
    "rule_id": "alert_rule",
    "silence_id": "silence",
    "channel_id": "alert_channel",
    "route_id": "alert_route",
    "delivery_id": "alert_delivery",
}
"""What a tenant has beside devices, and how the fixture makes one."""
OF_THING = [route for route in OF_TENANT if any(f"{{{name}}}" in route.path for name in THINGS)]
BODIES: Mapping[str, Mapping[str, object]] = {
    "RebootWish": {"identity": "core-1"},
    "PingWish": {"address": "192.0.2.1"},
    "TraceWish": {"address": "192.0.2.1"},
    "CommandWish": {"menu": "/ip/address", "command": "print"},
    "RolloutApproval": {"digest": "0" * 64},
    "RolloutRetry": {"devices": []},
    "RolloutStart": {},
    "Acknowledgement": {},
    "AlertRouteWish": {"name": "stolen", "channel": "NOC"},
    "Edit": {"menu": "/interface/bridge", "verb": "add", "values": {"name": "bridge9"}},
    "ReplacementWish": {"by": str(uuid4())},
    "NewTemplateAssignment": {"tag": "stolen"},
    "TemplateText": {"text": "/system note\nset note=stolen\n"},
    "TemplatePreviewWish": {"devices": [str(uuid4())]},
}
"""What is taken where an empty body, or one with a name, is refused before the thing is looked for."""
QUERIES = {
    "metrics": "?family=resource&field=cpu_load_ratio",
    "export": "?family=resource&fields=cpu_load_ratio",
    "bursts": "?family=interfaces&field=rx_bytes_total",
}


def name(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def path(route: AnyRoute, ids: Mapping[str, object]) -> str:
    """Write the address of a route; what no id is given for is not there."""
    wanted = {word: ids.get(word, uuid4()) for word in re.findall(r"{(\w+)}", route.path)}
    return route.path.format(**wanted) + QUERIES.get(route.path.rsplit("/", 1)[-1], "")


def own(web: Web, route: AnyRoute) -> dict[str, object]:
    return {"tenant_id": web.north.id, "device_id": web.north.devices[0].id, **things(web, web.north, route)}


def things(web: Web, tenant: Tenant, route: AnyRoute) -> dict[str, object]:
    """Make what a route names of that which a tenant has beside its devices."""
    return {thing: getattr(web, make)(tenant) for thing, make in THINGS.items() if f"{{{thing}}}" in route.path}


def shape(answer: TestResponse, asked: object) -> dict[str, str]:
    """A problem without what names this request."""
    problem = answer.get_json()
    return {key: str(value).replace(str(asked), "ID") for key, value in problem.items() if key != "request_id"}


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_nobody_enters_without_a_credential(shared_web: Web, route: Route[Any]) -> None:
    assert shared_web.client().open(path(route, own(shared_web, route)), method=route.method).status_code == 401


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
def test_another_site_cannot_write_with_the_cookie(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    for headers in ({}, {"X-CSRF-Token": "0" * 64}, {**guard(client), "Origin": "https://evil.example"}):
        answer = client.open(path(route, own(shared_web, route)), method=route.method, headers=headers, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize("route", OF_TENANT, ids=name)
def test_a_foreign_tenant_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    shapes = []
    for tenant in (shared_web.north.id, uuid4(), "nonsense"):
        answer = client.open(path(route, {**own(shared_web, route), "tenant_id": tenant}), method=route.method)
        assert answer.status_code == 404
        shapes.append(shape(answer, tenant))
    assert shapes[0] == shapes[1] == shapes[2]


@pytest.mark.parametrize("route", OF_DEVICE, ids=name)
def test_a_foreign_device_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    shapes = []
    for device in (shared_web.north.devices[2].id, uuid4()):
        ids = {"tenant_id": shared_web.south.id, "device_id": device}
        said = BODIES.get(route.takes.__name__, {})
        answer = client.open(path(route, ids), method=route.method, json=said)
        assert answer.status_code == 404
        shapes.append(shape(answer, device))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("route", OF_THING, ids=name)
def test_a_foreign_thing_is_one_that_is_not_there(shared_web: Web, route: Route[Any]) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    (thing,) = [name for name in THINGS if f"{{{name}}}" in route.path]
    shapes = []
    for ids in (things(shared_web, shared_web.north, route), dict.fromkeys(THINGS, uuid4())):
        place = path(route, {"tenant_id": shared_web.south.id, **ids})
        answer = client.open(place, method=route.method, json=BODIES.get(route.takes.__name__, {"name": "stolen"}))
        assert answer.status_code == 404
        shapes.append(shape(answer, ids[thing]))
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
