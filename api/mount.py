"""From declared routes to Flask: each request is admitted once, and its handler sees one tenant at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, APIFlask
from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api import auth, downloads, telemetry
from api.context import current
from api.problems import Fault, Invalid
from api.resource import TENANT, AnyRoute, Asked, Download, Given, Nothing, Route, Visit
from db.frames import Metrics
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.errors import Forbidden, NotFound
from fleet.identity import TenantId

REQUESTS = (100.0, 300)
"""Rate per second and burst for each principal."""

View = Callable[..., Response]


def routes(app: APIFlask, declared: Iterable[AnyRoute]) -> None:
    """Serve the declared routes; those of a tenant stand behind one door, its blueprint."""
    tenant = APIBlueprint("tenant", __name__)
    tenant.before_request(_enter)
    for route in declared:
        place = tenant if route.path.startswith(TENANT) else app
        rule = route.path.replace("{", "<").replace("}", ">")
        place.add_url_rule(rule, name(route), _view(route), methods=[route.method])
    app.register_blueprint(tenant)


def name(route: AnyRoute) -> str:
    """Name a route after its handler: ``devices_page``."""
    return f"{route.handler.__module__.rsplit('.', 1)[-1]}_{route.handler.__name__}"


def _enter() -> None:
    """Let a request in to its tenant: a foreign tenant is one that is not there."""
    asked = (request.view_args or {})["tenant_id"]
    if _uuid(asked) != auth.principal().tenant_id:
        raise NotFound("There is no such tenant, or it is not yours.", "GET /api/tenants lists yours.")


def _view(route: AnyRoute) -> View:
    if isinstance(route, Route):
        return lambda **ids: _located(route, ids, _serve(route, ids))
    return lambda: _reply(route, route.handler(Visit(current(), _given(route.takes))))


def _serve(route: Route[Any], texts: Mapping[str, str]) -> BaseModel | Download | None:
    context, principal = current(), auth.principal()
    context.limits.take(f"requests:{principal.tenant_id}:{principal.name}", *REQUESTS, fail_open=True)
    if route.scope is not None:
        principal.require(route.scope)
    if route.role not in (None, principal.role):
        raise Forbidden(f"This is for the role {route.role}.", "Ask someone who has it.")
    ids = {parameter: _id(parameter, text) for parameter, text in texts.items()}
    given = _given(route.takes)
    with tenant_session(context.stores, principal) as session:
        return route.handler(
            Asked(
                principal=principal,
                session=session,
                families=context.families,
                now=context.clock.now(),
                given=given,
                ids=ids,
                request_id=telemetry.request_id(),
                seal=partial(_seal, context.vault, principal.tenant_id),
                interval=context.settings.interval,
                metrics=Metrics(context.stores, principal, context.families, context.clock),
            )
        )


def _seal(vault: Vault, tenant_id: TenantId, secret: str) -> str:
    return vault.seal(tenant_id, [secret.encode()])[0]


def _located(route: Route[Any], texts: Mapping[str, str], answer: BaseModel | Download | None) -> Response:
    """Answer; what was made is told where it is from now on."""
    if isinstance(answer, Download):
        return downloads.respond(answer, current().downloads)
    response = _reply(route, answer)
    if route.makes is not None and answer is not None:
        response.status_code = HTTPStatus.CREATED
        response.headers["Location"] = route.makes.format(**texts, **answer.model_dump(mode="json"))
    return response


def _reply(route: AnyRoute, answer: BaseModel | str | None) -> Response:
    if answer is None:
        response = Response(status=204)
        del response.headers["Content-Type"]
        return response
    text = answer if isinstance(answer, str) else answer.model_dump_json(by_alias=True)
    return Response(text, content_type=route.media)


def _given(takes: type[Given]) -> Given:
    """Read the query of a GET, the body of anything else; raises Invalid that names each fault."""
    if request.method in ("GET", "HEAD"):
        return _checked("query", lambda: takes.model_validate(_query()))
    if takes is Nothing:
        return Nothing()
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return _checked("body", lambda: takes.model_validate_json(_body()))


def _body() -> bytes:
    """Read the body; raises RequestEntityTooLarge."""
    body, most = request.get_data(), request.max_content_length
    # Of a body in chunks Werkzeug reads as much as it may, and keeps quiet about the rest.
    if most is not None and request.content_length is None and len(body) >= most:
        raise RequestEntityTooLarge
    return body


def _checked(place: str, read: Callable[[], Given]) -> Given:
    try:
        return read()
    except ValidationError as error:
        raise Invalid.of(place, error) from error


def _query() -> dict[str, str]:
    if repeated := sorted(name for name, values in request.args.lists() if len(values) > 1):
        raise Invalid([Fault(place="query", name=name, detail="Given more than once.") for name in repeated])
    return request.args.to_dict()


def _id(parameter: str, text: str) -> UUID:
    if (found := _uuid(text)) is None:
        kind = parameter.removesuffix("_id")
        raise NotFound(f"There is no such {kind}, or it is not yours.", f"Ids of a {kind} are UUIDs; see the list.")
    return found


def _uuid(text: str) -> UUID | None:
    """Read a UUID in its canonical form; None for anything else."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
