"""The OpenAPI document is valid, and the application does what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy, one_of
from jsonschema import Draft202012Validator
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api import auth
from api.alertwishes import AlertRuleChange, NewAlertRule
from api.app import RESOURCES
from api.channelfields import AlertChannelChange, NewAlertChannel
from api.pushfields import PushText
from api.pushmany import PushManyText
from api.resource import TENANT, AnyRoute, Nothing, Resource, Route
from api.resources.alertroutes import AlertRouteWish
from api.resources.alertsilences import NewSilence
from api.resources.alerttests import AlertRuleTest
from api.resources.edits import Edit
from api.resources.groups import GroupChange
from api.resources.maintenance import NewWindow, OccurrencesQuery
from api.resources.probe import ProbeWish
from api.resources.scans import NewScan
from api.resources.sites import SiteChange
from api.resources.template_assignments import NewTemplateAssignment
from api.resources.tools import CommandWish
from fleet import plugins
from fleet.identity import Right, Role
from tests.fixtures.web import ADDRESSES, Web, guard

DOCUMENT = "/api/openapi.json"
EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES, FEW = 6, 2
"""So many requests are thought of for an operation that takes something, and for one of which its ids say all.

`make attack` thinks of 25 for each operation, of the server as it runs.
"""

ELSEWHERE = {
    *("POST /api/auth/link", "DELETE /api/auth/sessions/{session_id}", "POST /api/auth/enter"),
    *("POST /api/auth/srp/finish", "POST /api/auth/password"),
    *(f"GET {TENANT}/devices/{{device_id}}/ssh", f"POST {TENANT}/configruns/{{run_id}}/stop"),
    f"GET {TENANT}/firmware/release",
    *("POST /api/auth/enrolment", "POST /api/auth/enrolment/look"),
    "POST /api/tenants/{tenant_id}/devices/{device_id}/reboot",
    "POST /api/tenants/{tenant_id}/alerts/acknowledge",
    "POST /api/tenants/{tenant_id}/rollouts",
    *(f"POST {TENANT}/rollouts/{{rollout_id}}/{act}" for act in ("approve", "start", "pause", "resume", "retry")),
    *(f"POST {TENANT}/{place}" for place in ("rollout-preview", "rollouts/{rollout_id}/devices/{device_id}/skip")),
    "POST /api/tenants/{tenant_id}/templates/{template_id}/preview",
    "DELETE /api/tenants/{tenant_id}/templates/{template_id}/assignments/{assignment_id}",
    "POST /api/tenants/{tenant_id}/devices/{device_id}/binaries/{binary_id}/load",
    "DELETE /api/tenants/{tenant_id}/devices/{device_id}/binaries/{binary_id}",
    "POST /api/tenants/{tenant_id}/devices/{device_id}/replacement",
    "POST /api/tenants/{tenant_id}/devices/{device_id}/replacement/reveal",
    *(f"POST {TENANT}/campaigns/{{campaign_id}}/{word}" for word in ("pause", "retry")),
}
"""What is done once, to oneself, or by who has a secret: seen to succeed in tests of its own."""


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
    for path in document["paths"].values():
        for operation in path.values():
            refusals = {code: told for code, told in operation["responses"].items() if code >= "400"}
            assert {media for told in refusals.values() for media in told["content"]} == {"application/problem+json"}
            for told in refusals.values():
                codes = re.findall(r"`(\w+)`", told["description"])
                assert sorted(told["content"]["application/problem+json"]["examples"]) == sorted(codes) != []


def test_every_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    shown = [*_shown(document)]
    assert len(shown) > 20
    for schema, example in shown:
        validator = Draft202012Validator({**schema, "components": document["components"]})
        assert list(validator.iter_errors(example)) == [], (schema, example)


def _shown(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    for path in document["paths"].values():
        for operation in path.values():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            for told in (*bodies, *(r for code, r in operation["responses"].items() if code < "300")):
                for content in told.get("content", {}).values():
                    if "example" in content:
                        yield content["schema"], content["example"]


@pytest.mark.parametrize("route", EVERY, ids=name)
def test_an_operation_answers_well_formed_requests_as_documented(
    shared_web: Web, contract: BaseSchema, route: AnyRoute
) -> None:
    parameters = ids(shared_web, route)
    real = contract[route.path][route.method].as_strategy(path_parameters=parameters, **known(shared_web, route))
    statuses = explore(shared_web, real, route)
    assert any(200 <= status < 300 for status in statuses) or name(route) in ELSEWHERE


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
    made = {
        "site_id": web.place,
        "window_id": web.work,
        "group_id": web.group,
        "operation_id": web.deed,
        "version_id": web.configuration,
        "backup_id": web.backup,
        "run_id": web.run,
        "key_id": web.made_key,
        "profile_id": web.profile,
        "scan_id": web.scan,
        "push_id": web.push,
        "campaign_id": web.campaign,
        "rollout_id": web.rollout,
        "template_id": web.template,
        "alert_id": web.alert,
        "rule_id": web.alert_rule,
        "silence_id": web.silence,
        "channel_id": web.alert_channel,
        "route_id": web.alert_route,
        "delivery_id": web.alert_delivery,
    }
    found: dict[str, object] = {name: make(web.north) for name, make in made.items() if f"{{{name}}}" in route.path}
    if "{user_id}" in route.path:
        found["user_id"] = web.person(web.north).id
    found |= {"tenant_id": web.north.id, "device_id": device.id}
    return {word: str(found.get(word, uuid4())) for word in re.findall(r"{(\w+)}", route.path)}


def known(web: Web, route: AnyRoute) -> dict[str, Any]:
    """What fits together, where no schema says so: a family and its field, a window and whom it is for."""
    if issubclass(route.takes, PushManyText):
        return {"body": {"filter": {}, "commands": "/system identity set name=edge"}}
    if issubclass(route.takes, PushText):
        return {"body": {"commands": "/system identity set name=edge"}}
    if route.takes is NewWindow:
        return {"body": {"all": True, "lasts": "1h", "reason": "power work"}}
    if route.takes is OccurrencesQuery:
        return {"query": {"every": "FREQ=DAILY", "at": "02:00", "lasts": "1h"}}
    if route.takes is NewSilence:
        return {"body": {"lasts": "1h", "reason": "known"}}
    if route.takes is NewAlertRule:
        return {"body": {"name": "down", "condition": {"test": "state", "states": ["down"]}, "severity": "info"}}
    if route.takes is NewAlertChannel:
        return {"body": {"name": "NOC", "kind": "slack", "url": "https://hooks.example.net/x"}}
    if route.takes is AlertChannelChange:
        return {"body": {"enabled": False}}
    if route.takes is AlertRouteWish:
        channel = str(web.alert_channel(web.north))
        return {"body": {"name": f"all to {channel}", "channel": channel}}
    if route.takes is AlertRuleTest:
        down = {"name": "down", "condition": {"test": "state", "states": ["down"]}, "severity": "info"}
        return {"body": {"rule": down, "days": 1}}
    if route.takes is AlertRuleChange:
        return {"body": {"enabled": False}}
    if route.takes is ProbeWish:
        return {"body": {"address": "router.invalid"}}
    if route.takes is Edit:
        return {"body": {"menu": "/interface/bridge", "verb": "add", "values": {"name": "bridge9"}}}
    if route.takes is CommandWish:
        return {"body": {"menu": "/ip/address", "command": "print"}}
    if route.takes is NewTemplateAssignment:
        return {"body": {"tag": "core"}}
    if route.takes is GroupChange:
        return {"body": {"name": "a name that no other group was given"}}
    if route.takes is NewScan:
        return {"body": {"network": "10.20.0.0/28"}}
    if route.takes is SiteChange:
        return {"body": {"name": "a name that no other site was given"}}
    wanted = {"family": "interfaces", "field": "rx_bytes_total", "fields": "rx_bytes_total"}
    taken = {name: word for name, word in wanted.items() if name in route.takes.model_fields}
    if "family" not in taken:
        return {}
    return {"query": taken} if route.method == "GET" else {"body": taken}


def _calm(body: Any) -> None:
    """Take out of a body what would have routers of anybody's looked at."""
    listed = body.get("devices") if isinstance(body, dict) else None
    for device in (body, *(listed if isinstance(listed, list) else ())):
        if isinstance(device, dict):
            device.pop("probe", None)
            device.pop("trust", None)


def credentials(web: Web, route: AnyRoute) -> dict[str, dict[str, str]]:
    """A key, or what a person has: an access token in the header, or the cookie that is renewed."""
    if route.path == "/api/auth/refresh":
        client = web.browser(web.north)
        cookie = client.get_cookie(auth.REFRESH)
        assert cookie is not None
        return {"cookies": {auth.REFRESH: cookie.value}, "headers": guard(client)}
    if isinstance(route, Route) and isinstance(route.scope, Right):
        shown = web.program(web.north, Role.SUPER_ADMIN).environ_base["HTTP_AUTHORIZATION"]
        return {"headers": {"Authorization": shown}}
    return {"headers": {"Authorization": f"Bearer {web.key(web.north)}"}}


def explore(web: Web, cases: SearchStrategy[Case[Any]], route: AnyRoute) -> Counter[int]:
    """Send what schemathesis thinks of, the same at every run; returns how often which status came."""
    web.forgive()
    shown = credentials(web, route)
    statuses: Counter[int] = Counter()
    examples = FEW if route.takes is Nothing else EXAMPLES

    @seed(1)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases)
    def ask(case: Case[Any]) -> None:
        _calm(case.body)
        response = case.call(**shown, environ_base={"REMOTE_ADDR": next(ADDRESSES)})
        case.validate_response(response, checks=CHECKS)
        statuses[response.status_code] += 1

    ask()
    return statuses
