"""From declared routes to Flask: each request is admitted once, and its handler sees one tenant at most.

A write is one transaction: the claim of its Idempotency-Key, the thing held and its version compared,
the handler's work, the answer kept, the entry of the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from apiflask import APIFlask
from flask import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api import acts, auth, downloads, rates, reading, repeating, telemetry, versions
from api.acts import Actor, ForeignTenant
from api.context import Context, current
from api.resource import Afterwards, AnyRoute, Asked, Download, Given, OpenRoute, Route, Visit
from api.versions import Readers
from db import audit, keyring
from db.frames import Metrics
from db.limits import Limits
from db.platform import platform_session
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.identity import Principal, Role, TenantId

View = Callable[..., Response]


def routes(app: APIFlask, declared: Iterable[AnyRoute]) -> None:
    """Serve the declared routes."""
    every = list(declared)
    known = versions.readers([route for route in every if isinstance(route, Route)])
    for route in every:
        rule = route.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, name(route), _view(route, known), methods=[route.method])
    app.extensions[acts.EXTENSION] = {name(route): route for route in every}


def name(route: AnyRoute) -> str:
    """Name a route after its handler: ``devices_page``."""
    return acts.action(route).replace(".", "_")


def _enter(principal: Principal, tenant_id: str | None) -> None:
    """Let a principal in to the tenant of the path, if it has one: a foreign tenant is one that is not there."""
    if tenant_id is not None and reading.uuid(tenant_id) != principal.tenant_id:
        raise ForeignTenant("There is no such tenant, or it is not yours.", "GET /api/tenants lists yours.")


def _view(route: AnyRoute, known: Readers) -> View:
    if isinstance(route, OpenRoute):
        return partial(_open, route)
    return lambda **ids: _serve(route, ids, known)


def _open(route: OpenRoute[Any]) -> Response:
    """Serve a route that anyone may ask for; what it changed is recorded for whom it turned out to be."""
    rates.take(route)
    found: list[Actor] = []

    def acting(tenant_id: TenantId, who: str, role: Role) -> None:
        found.append(Actor(tenant_id, who, role.value))

    answer = route.handler(Visit(current(), reading.given(route), acting))
    if route.writes and found:
        acts.opened(route, found[-1])
    return _reply(route, answer)


def _serve(route: Route[Any], texts: Mapping[str, str], known: Readers) -> Response:
    context, principal = current(), auth.principal()
    rates.take(route, principal)
    _enter(principal, texts.get("tenant_id"))
    if route.scope is not None:
        principal.require(route.scope)
    ids = {parameter: reading.thing(parameter, text) for parameter, text in texts.items()}
    heard = reading.given(route), reading.asked(route), ids
    with _door(route, principal) as session:
        asked = _asked(context, principal, session, heard)
        if route.writes:
            return _write(route, asked, known)
        answer = route.handler(asked)
    if isinstance(answer, Afterwards):
        answer = answer.make()
    return _answered(route, ids, answer, known)


def _door(route: Route[Any], principal: Principal) -> AbstractContextManager[Session]:
    stores = current().stores
    return tenant_session(stores, principal) if route.across is None else platform_session(stores, route.across)


def _write(route: Route[Any], asked: Asked[Any], known: Readers) -> Response:
    """Do what is asked, once, on the version that was named, and leave word of it: all or nothing."""
    repeat = repeating.asked_for(asked, route)
    if (replayed := repeating.before(asked, repeat)) is not None:
        return replayed
    versions.demand(asked, route, known)
    answer = route.handler(asked)
    if isinstance(answer, Download) and not route.once:
        raise TypeError("a write answers with a download only where that is not kept")
    if isinstance(answer, Afterwards):
        raise TypeError("a write answers within its transaction")
    response = _answered(route, asked.ids, answer, known)
    repeating.after(asked, repeat, route, response)
    actor = Actor.of(asked.principal)
    audit.note(asked.session, actor.tenant_id, acts.done(route, actor, asked.ids, answer))
    return response


def _asked(
    context: Context, principal: Principal, session: Session, heard: tuple[Any, Given, Mapping[str, UUID]]
) -> Asked[Any]:
    given, query, ids = heard
    return Asked(
        principal=principal,
        session=session,
        families=context.families,
        now=context.clock.now(),
        given=given,
        ids=ids,
        request_id=telemetry.request_id(),
        seal=lambda secret: _seal(context.vault, principal.tenant_id, [secret])[0],
        seals=partial(_seal, context.vault, principal.tenant_id),
        query=query,
        probes=context.probes,
        own=context.own,
        questions=context.questions,
        keyring=keyring.of(context.vault),
        limit=partial(_limit, context.limits, principal.tenant_id),
        interval=context.settings.interval,
        metrics=Metrics(context.stores, principal, context.families, context.clock),
    )


def _seal(vault: Vault, tenant_id: TenantId, secrets: Sequence[str]) -> list[str]:
    return vault.seal(tenant_id, [secret.encode() for secret in secrets])


def _limit(limits: Limits, tenant_id: TenantId, name: str, rate: float, burst: int) -> None:
    limits.take(f"{name}:{tenant_id}", rate, burst, fail_open=True)


def _answered(
    route: Route[Any], ids: Mapping[str, UUID], answer: BaseModel | Download | str | None, known: Readers
) -> Response:
    if isinstance(answer, Download):
        return downloads.respond(answer, current().downloads)
    return versions.put(_located(route, ids, answer), answer, route, known)


def _located(route: Route[Any], ids: Mapping[str, UUID], answer: BaseModel | str | None) -> Response:
    """Answer; what was made is told where it is from now on."""
    response = _reply(route, answer)
    if route.makes is not None and isinstance(answer, BaseModel):
        response.status_code = HTTPStatus.ACCEPTED if route.later else HTTPStatus.CREATED
        response.headers["Location"] = route.makes.format(**(answer.model_dump(mode="json") | dict(ids)))
    return response


def _reply(route: AnyRoute, answer: BaseModel | str | None) -> Response:
    if answer is None:
        response = Response(status=204)
        del response.headers["Content-Type"]
        return response
    text = answer if isinstance(answer, str) else answer.model_dump_json(by_alias=True)
    return Response(text, content_type=route.media)
