"""Events as they happen, as server-sent events; what they hold is in docs/streams.md."""

from __future__ import annotations

import secrets
from typing import Annotated
from uuid import UUID

from flask import request
from pydantic import AfterValidator, Field

from api import auth
from api.resource import Answer, Asked, Given, Nothing, Resource, Route
from api.streams import admission, frames, place, telling, tokens
from api.streams.admission import Full
from api.streams.seat import Admitted
from api.streams.topics import Topic, Wish
from fleet.identity import DeviceId, Scope

RETRY, RETRY_SPREAD = 1_000, 2_000
"""Milliseconds after which a client comes back, and by how many clients differ: they do not come all at once."""

DEVICES = 200
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TOPIC = "|".join(Topic)


def _named(text: str) -> str:
    names = text.split(",")
    if any(name not in set(Topic) for name in names):
        raise ValueError(f"The topics are: {', '.join(Topic)}.")
    return text


def _listed(text: str) -> str:
    ids = text.split(",")
    if len(ids) > DEVICES:
        raise ValueError(f"At most {DEVICES} devices; leave it out to hear of all.")
    for one in ids:
        UUID(one)
    return text


class Listening(Given):
    """What a client wants to hear."""

    topics: Annotated[str, AfterValidator(_named)] = Field(
        ",".join(Topic),
        description="The topics, separated by commas; all where it is left out.",
        json_schema_extra={"pattern": f"^({_TOPIC})(,({_TOPIC}))*$"},
    )
    devices: Annotated[str, AfterValidator(_listed)] | None = Field(
        None,
        description=f"The ids of at most {DEVICES} devices, separated by commas; all where it is left out.",
        json_schema_extra={"pattern": f"^{_UUID}(,{_UUID}){{0,{DEVICES - 1}}}$"},
    )
    last_event_id: str | None = Field(
        None,
        max_length=100,
        pattern=place.PATTERN,
        description="Go on behind this id; the header Last-Event-ID says the same and goes before.",
    )
    token: str | None = Field(
        None, min_length=1, max_length=100, description="A token of POST /api/auth/sse-token instead of a header."
    )


class Token(Answer):
    """Opens one stream, soon."""

    token: str = Field(description="For GET /api/sse?token=…, once.")
    expires_in: int = Field(description="For how many seconds.")


def stream(asked: Asked[Listening]) -> str:
    """Let a client in, and write the beginning of its stream."""
    given = asked.given
    devices = None if given.devices is None else frozenset(DeviceId(UUID(text)) for text in given.devices.split(","))
    wish = Wish(frozenset(Topic(name) for name in given.topics.split(",")), devices)
    since = request.headers.get("Last-Event-ID") or given.last_event_id
    admission.admit(request.environ, Admitted(asked.principal, auth.credential(), wish, since))
    return frames.begin(RETRY + secrets.randbelow(RETRY_SPREAD))


def token(asked: Asked[Nothing]) -> Token:
    return Token(token=tokens.issue(), expires_in=int(tokens.LASTS.total_seconds()))


resource = Resource(
    name="streams",
    about="Events of a tenant's devices as they happen.",
    routes=(
        Route(
            path=tokens.PATH,
            summary="Hear events as they happen",
            takes=Listening,
            answer=str,
            media="text/event-stream",
            events=(*telling.EVERY.values(), telling.Resync),
            raises=(Full,),
            scope=Scope.EVENTS_READ,
            handler=stream,
        ),
        Route(
            path="/api/auth/sse-token",
            method="POST",
            changes=False,
            summary="A token that opens one stream",
            takes=Nothing,
            answer=Token,
            scope=Scope.EVENTS_READ,
            handler=token,
        ),
    ),
)
