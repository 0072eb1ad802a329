"""Every declared route × every role × every scope: whoever may is let in, and nobody else.

What is expected comes of the table of permissions and of what each route declares, and of nothing else. A route that
lets somebody in may still refuse what it is given: here only the door is looked at.
"""

from __future__ import annotations

import itertools
import re
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from api.app import RESOURCES
from api.resource import Resource, Route
from fleet import plugins
from fleet.identity import PERMISSIONS, Permission, Right, Role, Scope
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard

EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]
ROUTES = [route for route in EVERY if isinstance(route, Route)]
FORBIDDEN = 403


def path(route: Route[Any], tenant: Tenant) -> str:
    """Write an address within a tenant, of things that are not there."""
    ids = {word: uuid4() for word in re.findall(r"{(\w+)}", route.path)}
    return route.path.format(**{**ids, "tenant_id": tenant.id})


def walk(client: FlaskClient, tenant: Tenant, cookies: bool) -> dict[str, bool]:
    """Knock at every route, and tell which of them let this client in."""
    found = {}
    for route in ROUTES:
        headers = guard(client) if cookies else {}
        answer = client.open(path(route, tenant), method=route.method, headers=headers)
        assert answer.status_code not in (401, 429), (route.path, answer.text)
        assert answer.status_code < 500, (route.path, answer.text)
        found[f"{route.method} {route.path}"] = answer.status_code != FORBIDDEN
    return found


def table(held: frozenset[Permission]) -> dict[str, bool]:
    """Look up what somebody with these permissions may."""
    return {f"{route.method} {route.path}": route.scope is None or route.scope in held for route in ROUTES}


@pytest.mark.parametrize("role", Role)
def test_a_person_may_what_the_table_gives_the_role(shared_web: Web, role: Role) -> None:
    client = shared_web.browser(shared_web.north, role)
    assert walk(client, shared_web.north, cookies=True) == table(PERMISSIONS[role])


@pytest.mark.parametrize("role", Role)
def test_an_access_token_in_the_header_may_the_same(shared_web: Web, role: Role) -> None:
    client = shared_web.program(shared_web.north, role)
    assert walk(client, shared_web.north, cookies=False) == table(PERMISSIONS[role])


@pytest.mark.parametrize("scope", Scope)
def test_a_key_of_one_scope_may_that_alone(shared_web: Web, scope: Scope) -> None:
    client = shared_web.client(shared_web.key(shared_web.north, scope))
    assert walk(client, shared_web.north, cookies=False) == table(frozenset({scope}))


def test_a_key_of_all_scopes_may_nothing_that_is_for_people(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    assert walk(client, shared_web.north, cookies=False) == table(frozenset(Scope))


def test_the_table_grows_with_the_role() -> None:
    held = [PERMISSIONS[role] for role in Role]
    assert all(lower < higher for higher, lower in itertools.pairwise(held))
    assert held[0] == {*Scope, *Right}
    assert not {word.value for word in Scope} & {word.value for word in Right}


def test_every_route_asks_for_a_permission_but_the_list_of_tenants() -> None:
    assert [f"{route.method} {route.path}" for route in ROUTES if route.scope is None] == ["GET /api/tenants"]
