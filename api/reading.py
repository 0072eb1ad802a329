"""What a request gives, read and checked: ids of its path, its query or its body, and headers that are text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from flask import request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api.problems import Fault, Invalid
from api.resource import AnyRoute, Given, Nothing
from fleet.errors import NotFound

NUL = "\x00"
"""A character that PostgreSQL keeps in no text."""


def given(route: AnyRoute) -> Any:
    """Read the query of a GET, the body of anything else; raises Invalid that names each fault."""
    takes: type[Given] = route.takes
    if request.method in ("GET", "HEAD"):
        return _checked("query", lambda: takes.model_validate(_query()))
    request.max_content_length = route.largest
    if takes is Nothing:
        return Nothing()
    if request.mimetype in route.reads:
        return route.reads[request.mimetype](body())
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return _checked("body", lambda: _whole(takes.model_validate_json(body())))


def asked(route: AnyRoute) -> Given:
    """Read the query of what is no GET; raises Invalid. One that asks for nothing does not look at it."""
    if route.asks is Nothing:
        return Nothing()
    return cast(Given, _checked("query", lambda: route.asks.model_validate(_query())))


def body() -> bytes:
    """Read the body; raises RequestEntityTooLarge."""
    found, most = request.get_data(), request.max_content_length
    # Of a body in chunks Werkzeug reads as much as it may, and keeps quiet about the rest.
    if most is not None and request.content_length is None and len(found) >= most:
        raise RequestEntityTooLarge
    return found


def thing(parameter: str, text: str) -> UUID:
    """Read the id of a thing in the path; raises NotFound for what is none."""
    if (found := uuid(text)) is None:
        kind = parameter.removesuffix("_id")
        raise NotFound(f"There is no such {kind}, or it is not yours.", f"Ids of a {kind} are UUIDs; see the list.")
    return found


def uuid(text: str) -> UUID | None:
    """Read a UUID in its canonical form; None for anything else."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _checked(place: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValidationError as error:
        raise Invalid.of(place, error) from error


def _query() -> dict[str, str]:
    if repeated := sorted(name for name, values in request.args.lists() if len(values) > 1):
        raise Invalid([Fault(place="query", name=name, detail="Given more than once.") for name in repeated])
    if odd := sorted(name for name, value in request.args.items() if NUL in value):
        raise Invalid([Fault(place="query", name=name, detail="It holds a NUL character.") for name in odd])
    return request.args.to_dict()


def _whole(read: Given) -> Given:
    """Refuse a body with a NUL in a text, wherever it stands."""
    if b"\\u0000" in request.get_data() and any(_holds_nul(value) for value in dict(read).values()):
        raise Invalid([Fault(place="body", name="", detail="A text in it holds a NUL character.")])
    return read


def _holds_nul(value: object) -> bool:
    match value:
        case str():
            return NUL in value
        case dict():
            return any(_holds_nul(part) for pair in value.items() for part in pair)
        case list() | tuple() | set() | frozenset():
            return any(map(_holds_nul, value))
        case Given():
            return any(map(_holds_nul, dict(value).values()))
        case _:
            return NUL in str(getattr(value, "get_secret_value", str)())
