"""The version of an answer as an ETag: a read is spared what did not change, a write changes only what it knew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import Response, request
from pydantic import BaseModel

from api.resource import Asked, Nothing, Route
from db.holding import hold
from fleet.errors import Conflict

DIGITS = 32

Readers = Mapping[str, Route[Any]]
"""The route that reads the one thing at a path."""


class PreconditionFailed(Conflict):
    """What is to be changed is not as the asker knew it."""

    code, status = "precondition_failed", 412


def readers(routes: list[Route[Any]]) -> Readers:
    """Choose, by path, the routes that read one thing without more being asked."""
    return {r.path: r for r in routes if r.method == "GET" and r.takes is Nothing and _is_json(r) and r.subject}


def tag(answer: BaseModel, body: bytes) -> str:
    """Make the ETag of an answer: what a write would change, then all of it.

    Where nothing of it changes by itself, both are the same and it is written once.
    """
    whole = _digest(body)
    if not (unsteady := getattr(answer, "unsteady", None)):
        return whole
    return f"{_digest(answer.model_dump_json(by_alias=True, exclude=set(unsteady)).encode())}.{whole}"


def demand(asked: Asked[Any], route: Route[Any], known: Readers) -> None:
    """Let one writer of a thing follow the other; raises PreconditionFailed where If-Match names another version.

    The thing is held until the transaction ends, so of two writers who know the same version one is refused.
    """
    if route.subject is None:
        return
    hold(asked.session, asked.ids[route.subject])
    if "If-Match" not in request.headers or (reader := known.get(route.path)) is None:
        return
    answer = reader.handler(replace(asked, given=Nothing()))
    wanted = request.if_match
    if wanted.star_tag or not isinstance(answer, BaseModel):
        return
    # What is no tag at all Werkzeug reads as None.
    if _state(_tagged(answer)) not in {_state(tag) for tag in wanted.as_set() if tag}:
        raise PreconditionFailed(
            "It was changed since you read it.", "Read it again, and send the ETag of that answer."
        )


def put(response: Response, answer: BaseModel | str | None, route: Route[Any], known: Readers) -> Response:
    """Set the ETag of what was read, or of what a write left; answers 304 to who has it already."""
    if not isinstance(answer, BaseModel) or not tells(route, known):
        return response
    response.set_etag(tag(answer, response.get_data()))
    if route.method == "GET" and request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        bare = Response(status=304)
        bare.headers["ETag"] = response.headers["ETag"]
        del bare.headers["Content-Type"]
        return bare
    return response


def tells(route: Route[Any], known: Readers) -> bool:
    """Tell whether the answer of a route has an ETag: any that is read, and one thing that was written."""
    if route.method == "GET":
        return _is_json(route)
    return route.writes and any(reader.answer is route.answer for reader in known.values())


def _tagged(answer: BaseModel) -> str:
    return tag(answer, answer.model_dump_json(by_alias=True).encode())


def _state(found: str) -> str:
    return found.partition(".")[0]


def _is_json(route: Route[Any]) -> bool:
    return isinstance(route.answer, type) and issubclass(route.answer, BaseModel)


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:DIGITS]
