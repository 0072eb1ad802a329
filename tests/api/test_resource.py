"""What every file of ``api/resources`` must keep to."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from api import mount
from api.app import RESOURCES
from api.resource import TENANT, Answer, AnyRoute, Download, OpenRoute, Resource, Route
from fleet import plugins

EVERY = list(plugins.discover(RESOURCES, Resource))
ROUTES = [route for resource in EVERY for route in resource.routes]


def label(value: Resource | AnyRoute) -> str:
    return value.name if isinstance(value, Resource) else f"{value.method} {value.path}"


def test_no_two_routes_share_a_name_or_an_address() -> None:
    assert Counter(mount.name(route) for route in ROUTES).most_common(1)[0][1] == 1
    assert Counter(label(route) for route in ROUTES).most_common(1)[0][1] == 1


@pytest.mark.parametrize("resource", EVERY, ids=label)
def test_a_resource_says_what_it_is(resource: Resource) -> None:
    assert resource.name
    assert resource.about.endswith(".")
    assert resource.routes


@pytest.mark.parametrize("route", ROUTES, ids=label)
def test_a_route_is_declared_whole(route: AnyRoute) -> None:
    assert route.summary
    assert not route.summary.endswith(".")
    assert re.fullmatch(r"(/(\w[\w-]*|{\w+_id}))+", route.path)
    assert route.takes.model_config["extra"] == "forbid"
    assert route.answer in (None, str, Download) or issubclass(route.answer, Answer)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.path.startswith(TENANT)], ids=label)
def test_what_belongs_to_a_tenant_needs_a_principal_and_a_scope(route: AnyRoute) -> None:
    assert not isinstance(route, OpenRoute)
    assert isinstance(route, Route)
    assert route.scope is not None


@pytest.mark.parametrize("route", ROUTES, ids=label)
def test_an_answer_has_no_room_for_a_secret(route: AnyRoute) -> None:
    if isinstance(route.answer, type) and issubclass(route.answer, Answer):
        text = str(route.answer.model_json_schema(mode="serialization"))
        # As a property: that a variable of a template is a secret may be told, and what it is may not, but once.
        assert getattr(route, "once", False) or not re.search(r"'(secret|password|hash)': {", text)
        # What a device is entered with is told of profiles alone: their user has to be known to be granted. That of a
        # channel is a mail server's.
        assert "'username'" not in text or any(place in route.path for place in ("/profiles", "/alert-channels"))
