"""The API keys of a tenant: made by people, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api import cursors, times
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import keys as stored
from db.keys import KeyRow, Keys, NewKey
from fleet.errors import Conflict, NotFound
from fleet.identity import Right, Scope

MOST = 500


class KeysQuery(Given):
    """How many keys to list at once."""

    after: str | None = Field(None, max_length=120, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many keys.")


class KeyWish(Given):
    """What a program is to be let in for."""

    name: str = Field(
        min_length=1,
        max_length=120,
        pattern=TEXT,
        examples=["grafana"],
        description="What the key is for; a name is used once in a tenant.",
    )
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        examples=[["metrics:read", "devices:read"]],
        description="What it may do: nothing that you may not.",
    )
    lasts: Annotated[times.Span | None, Field(description="How long it may be used; null: until it is revoked.")] = (
        "90d"
    )


class Key(Answer):
    """An API key, by what tells it from others. The key itself is stored nowhere."""

    id: UUID
    name: str
    prefix: str = Field(description="How the key begins.")
    scopes: list[Scope]
    created_by: str | None = Field(description="Null of keys that the system made.")
    created_at: datetime | None
    expires_at: datetime | None = Field(description="Null: it holds until it is revoked.")
    last_used_at: datetime | None = Field(description="To the minute; null where nobody has used it.")


class MadeKey(Key):
    """A new key, with the key itself. It is shown now and never again."""

    key: str = Field(description="Send it as `Authorization: Bearer flt_…`.")


class KeyPage(Answer):
    """A page of keys, by name."""

    items: list[Key]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[KeysQuery]) -> KeyPage:
    given = asked.given
    found = stored.page(asked.session, asked.principal.tenant_id, given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.name
    return KeyPage(items=[Key(**_facts(row)) for row in shown], next=following)


def key(asked: Asked[Nothing]) -> Key:
    return Key(**_facts(_find(asked)))


def create(asked: Asked[KeyWish]) -> MadeKey:
    """Make a key and show it, for the only time."""
    given = asked.given
    until = None if given.lasts is None else times.after(asked.now, times.span(given.lasts))
    row, made = _writer(asked).add(NewKey(given.name, frozenset(given.scopes), until))
    return MadeKey(**_facts(row), key=made)


def revoke(asked: Asked[Nothing]) -> None:
    """End a key: the next request with it is refused."""
    _writer(asked).revoke(_find(asked))


def _find(asked: Asked[Any]) -> KeyRow:
    return stored.one(asked.session, asked.principal.tenant_id, asked.ids["key_id"])


def _writer(asked: Asked[Any]) -> Keys:
    return Keys(asked.session, asked.author, asked.principal.tenant_id, asked.principal.scopes)


def _facts(row: KeyRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Key.model_fields}


ONE = f"{TENANT}/keys/{{key_id}}"

resource = Resource(
    name="keys",
    about="What lets programs in. A key cannot make, see or revoke keys: people do.",
    routes=(
        Route(
            path=f"{TENANT}/keys",
            summary="The keys by name, a page at a time",
            takes=KeysQuery,
            answer=KeyPage,
            scope=Right.KEYS_READ,
            handler=page,
        ),
        Route(
            path=f"{TENANT}/keys",
            method="POST",
            summary="Make a key",
            takes=KeyWish,
            answer=MadeKey,
            once=True,
            makes=f"{TENANT}/keys/{{id}}",
            scope=Right.KEYS_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One key",
            takes=Nothing,
            answer=Key,
            scope=Right.KEYS_READ,
            raises=(NotFound,),
            handler=key,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Revoke a key",
            takes=Nothing,
            answer=None,
            scope=Right.KEYS_WRITE,
            raises=(NotFound,),
            handler=revoke,
        ),
    ),
)
