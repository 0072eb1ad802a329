"""What a request did, or was refused, for the audit log: told by the route's declaration, once for all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import current_app, g, request
from pydantic import BaseModel
from werkzeug.exceptions import NotFound as Nowhere

from api import telemetry
from api.context import current
from api.resource import AnyRoute, Asked, OpenRoute
from db import audit
from db.limits import LimitReached
from db.platform import platform_session
from fleet import logs
from fleet.audit import NOBODY, PLATFORM, Act, Ending
from fleet.errors import FleetError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable
from fleet.identity import Principal, TenantId

EXTENSION = "flotilla.routes"
REFUSED = (1 / 6, 60)
"""Refusals that are written for each client address, by the second and at once; the log has what is beyond."""

log = logs.get("api")


class ForeignTenant(NotFound):
    """A tenant that is another's, or is not there."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose work a request is."""

    tenant_id: TenantId
    who: str
    role: str | None

    @classmethod
    def of(cls, principal: Principal) -> Actor:
        """Take a principal."""
        return cls(principal.tenant_id, principal.name, principal.role.value)


def action(route: AnyRoute) -> str:
    """Name what a route does: ``sites.create``."""
    return f"{route.handler.__module__.rsplit('.', 1)[-1]}.{route.handler.__name__}"


def done(route: AnyRoute, actor: Actor, ids: Mapping[str, UUID], answer: object = None) -> Act:
    """Tell what was done, and on which object: the one of the path, or the one that was made."""
    return _act(route, actor, _object(route, ids, answer), None)


def noted(asked: Asked[Any], action: str, about: tuple[str, str], detail: str) -> None:
    """Record what was asked by a route that changes nothing, with a line for people that holds no secret."""
    actor = Actor.of(asked.principal)
    act = Act(
        who=actor.who,
        role=actor.role,
        at=asked.now,
        action=action,
        object_type=about[0],
        object_id=about[1],
        address=request.remote_addr,
        request_id=asked.request_id,
        detail=detail,
    )
    audit.note(asked.session, actor.tenant_id, act)


def opened(route: AnyRoute, actor: Actor) -> None:
    """Record what was done by a route that anyone may ask for, in the chain of whom it turned out to be."""
    with platform_session(current().stores, "an entry of the audit log") as session:
        audit.note(session, actor.tenant_id, done(route, actor, {}))


def refused(error: FleetError) -> None:
    """Record a refusal that says something of the asker: forbidden, another's tenant, a sign-in that failed.

    It is in the asker's own chain, or in the platform's: so many of an address in a time, none while a store is away.
    """
    route = _route()
    if route is None or not _telling(error, route):
        return
    principal = cast(Principal | None, g.get("principal"))
    actor = Actor.of(principal) if principal else Actor(PLATFORM, NOBODY, None)
    try:
        current().limits.take(f"refused-acts:{request.remote_addr}", *REFUSED, fail_open=False)
        with platform_session(current().stores, "an entry of the audit log") as session:
            audit.note(session, actor.tenant_id, _act(route, actor, _object(route, _asked(), None), error))
    except (LimitReached, Unavailable):
        log.warning("a refusal is not in the audit log", code=error.code, path=request.path)


def _telling(error: FleetError, route: AnyRoute) -> bool:
    if isinstance(route, OpenRoute):
        return route.writes and isinstance(error, Unauthenticated | Forbidden | TooMany)
    return "principal" in g and isinstance(error, Forbidden | ForeignTenant)


def _act(route: AnyRoute, actor: Actor, about: tuple[str, str | None], error: FleetError | None) -> Act:
    return Act(
        who=actor.who,
        role=actor.role,
        at=current().clock.now(),
        action=action(route),
        object_type=about[0],
        object_id=about[1],
        address=request.remote_addr,
        request_id=telemetry.request_id(),
        outcome=Ending.DONE if error is None else Ending.REFUSED,
        detail=None if error is None else f"{error.code}: {error.message}",
    )


def _object(route: AnyRoute, ids: Mapping[str, object], answer: object) -> tuple[str, str | None]:
    if (subject := route.subject) is not None:
        return subject.removesuffix("_id"), str(ids[subject]) if subject in ids else None
    words = [word for word in (route.makes or route.path).split("/") if "{" not in word]
    made = re.findall(r"{(\w+)}", route.makes or "")
    facts: Mapping[str, Any] = answer.model_dump(mode="json") if made and isinstance(answer, BaseModel) else {}
    return _singular(words[-1]), str(facts[made[-1]]) if made and made[-1] in facts else None


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _asked() -> dict[str, object]:
    return dict(request.view_args or {})


def _route() -> AnyRoute | None:
    """Tell the declared route that a request came to; None for everything else."""
    if request.endpoint is None or isinstance(request.routing_exception, Nowhere):
        return None
    known = current_app.extensions.get(EXTENSION, {})
    return cast("AnyRoute | None", known.get(request.endpoint.rsplit(".", 1)[-1]))
