"""With which codes an operation can refuse, by its declaration."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus

from api.problems import Unexpected
from api.resource import TENANT, AnyRoute, Nothing, OpenRoute
from api.versions import PreconditionFailed
from db.repeats import KeyReused, ShownOnce, Underway
from fleet.errors import BadInput, FleetError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable

BODY = {
    HTTPStatus.REQUEST_TIMEOUT: "request_timeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request_entity_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}
"""What is refused before a body is read."""


def codes(route: AnyRoute, versioned: bool) -> dict[int, list[str]]:
    """Tell every status with which a route can refuse, and the codes of each.

    ``versioned`` says that what it writes can be read at the same path, so that ``If-Match`` is heeded.
    """
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for kind in _kinds(route):
        found[kind.status][kind.code] = None
    if versioned:
        found[PreconditionFailed.status][PreconditionFailed.code] = None
    if route.method != "GET" and route.takes is not Nothing:
        for status, code in BODY.items():
            found[status][code] = None
    return {status: list(found[status]) for status in sorted(found)}


def _kinds(route: AnyRoute) -> list[type[FleetError]]:
    kinds: list[type[FleetError]] = [*route.raises, BadInput, Unexpected]
    if route.path.startswith(TENANT):
        kinds.append(NotFound)
    if not isinstance(route, OpenRoute):
        kinds += [Unauthenticated, Forbidden, TooMany, Unavailable]
        if route.writes:
            kinds += [KeyReused, Underway, *([ShownOnce] if route.once else [])]
    elif route.writes:
        kinds.append(TooMany)
    return kinds
