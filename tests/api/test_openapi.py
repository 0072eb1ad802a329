"""The OpenAPI document is valid, and the application does what it says."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api import auth
from api.app import RESOURCES
from api.resource import AnyRoute, Nothing, Resource, Route
from api.resources.maintenance import NewWindow
from api.resources.sites import SiteName
from fleet import plugins
from tests.fixtures.web import ADDRESSES, Web

DOCUMENT = "/api/openapi.json"
EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 25


def name(route: AnyRoute) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def document(shared_web: Web) -> dict[str, Any]:
    found: dict[str, Any] = shared_web.client().get(DOCUMENT).get_json()
    return found


@pytest.fixture(scope="module")
def contract(shared_web: Web) -> BaseSchema:
    """The document as schemathesis reads it."""
    return schemathesis.openapi.from_wsgi(DOCUMENT, shared_web.app)


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OPENAPI_31_VALIDATOR.iter_errors(document)) == []


def test_every_route_is_documented_and_nothing_else(document: dict[str, Any]) -> None:
    told = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert told == {name(route) for route in EVERY}


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("route", EVERY, ids=name)
def test_an_operation_answers_well_formed_requests_as_documented(
    shared_web: Web, contract: BaseSchema, route: AnyRoute
) -> None:
    parameters = ids(shared_web, route)
    real = contract[route.path][route.method].as_strategy(path_parameters=parameters, **known(route))
    statuses = explore(shared_web, real, route)
    assert any(200 <= status < 300 for status in statuses) or route.path == "/api/auth/link"


@pytest.mark.parametrize("route", EVERY, ids=name)
def test_an_operation_answers_any_request_as_documented(
    shared_web: Web, contract: BaseSchema, route: AnyRoute
) -> None:
    operation = contract[route.path][route.method]
    cases = [operation.as_strategy()]
    if route.takes is not Nothing:
        cases.append(operation.as_strategy(GenerationMode.NEGATIVE))
        cases.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=ids(shared_web, route)))
    explore(shared_web, one_of(cases), route)


def ids(web: Web, route: AnyRoute) -> dict[str, str]:
    """Name what is there; what is removed is no other route's."""
    device = web.north.devices[2 if route.method == "DELETE" else 0]
    more = {"site_id": str(web.place(web.north)), "window_id": str(web.work(web.north))}
    return {"tenant_id": str(web.north.id), "device_id": str(device.id), **more}


def known(route: AnyRoute) -> dict[str, Any]:
    """What fits together, where no schema says so: a family and its field, a window and whom it is for."""
    if route.takes is NewWindow:
        return {"body": {"all": True, "lasts": "1h", "reason": "power work"}}
    if route.takes is SiteName and route.method == "PATCH":
        return {"body": {"name": "a name that no other site was given"}}
    wanted = {"family": "interfaces", "field": "rx_bytes_total", "fields": "rx_bytes_total"}
    taken = {name: word for name, word in wanted.items() if name in route.takes.model_fields}
    if "family" not in taken:
        return {}
    return {"query": taken} if route.method == "GET" else {"body": taken}


def credentials(web: Web, route: AnyRoute) -> dict[str, dict[str, str]]:
    """A key, or where a route is kept to a role the session of a person who has it."""
    if not isinstance(route, Route) or route.role is None:
        return {"headers": {"Authorization": f"Bearer {web.key(web.north)}"}}
    session = web.browser(web.north, route.role).get_cookie(auth.COOKIE)
    assert session is not None
    return {"cookies": {auth.COOKIE: session.value}}


def explore(web: Web, cases: SearchStrategy[Case[Any]], route: AnyRoute) -> Counter[int]:
    """Send what schemathesis thinks of, the same at every run; returns how often which status came."""
    shown = credentials(web, route)
    statuses: Counter[int] = Counter()

    @seed(1)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases)
    def ask(case: Case[Any]) -> None:
        response = case.call(**shown, environ_base={"REMOTE_ADDR": next(ADDRESSES)})
        case.validate_response(response, checks=CHECKS)
        statuses[response.status_code] += 1

    ask()
    return statuses
