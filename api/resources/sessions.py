"""A person's own sessions: where they are signed in, and the way to end that."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api import auth, cursors
from api.resource import Answer, Asked, Given, Nothing, Resource, Route
from db import sessions as stored
from db.sessions import SessionRow
from fleet.errors import NotFound
from fleet.identity import Right

MOST = 500
PATH = "/api/auth/sessions"
WHY = "the sessions of a person are in several tenants"


class SessionsQuery(Given):
    """How many sessions to list at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many sessions.")


class SignIn(Answer):
    """Where a person is signed in."""

    id: UUID
    tenant: str = Field(description="The slug of the tenant that it is in.")
    address: str = Field(description="From which address it began.")
    user_agent: str = Field(description="What the browser calls itself.")
    created_at: datetime
    seen_at: datetime = Field(description="When it was last used, to the minute.")
    expires_at: datetime = Field(description="When it ends if it is not used.")
    current: bool = Field(description="Whether it is the one that asks.")


class SignIns(Answer):
    """A page of sessions, the newest first."""

    items: list[SignIn]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class Ended(Answer):
    """How many sessions ended."""

    ended: int


def page(asked: Asked[SessionsQuery]) -> SignIns:
    person, given = auth.signed_in(), asked.given
    found = stored.page(asked.session, person.user_id, asked.now, given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.id
    return SignIns(items=[_sign_in(row, person.session_id) for row in shown], next=following)


def end(asked: Asked[Nothing]) -> None:
    """End a session; the next request that it makes is refused."""
    stored.end_one(asked.session, auth.signed_in().user_id, asked.ids["session_id"], asked.now)


def end_others(asked: Asked[Nothing]) -> Ended:
    """End all sessions of the person but the one that asks."""
    person = auth.signed_in()
    return Ended(ended=stored.end_others(asked.session, person.user_id, person.session_id, asked.now))


def _sign_in(row: SessionRow, mine: UUID) -> SignIn:
    return SignIn(
        id=row.id,
        tenant=row.slug,
        address=row.address,
        user_agent=row.agent,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        current=row.id == mine,
    )


resource = Resource(
    name="sessions",
    about="Where you are signed in.",
    routes=(
        Route(
            path=PATH,
            summary="Your sessions from the newest on, a page at a time",
            takes=SessionsQuery,
            answer=SignIns,
            scope=Right.SELF,
            across=WHY,
            handler=page,
        ),
        Route(
            path=PATH,
            method="DELETE",
            summary="End all your sessions but this one",
            takes=Nothing,
            answer=Ended,
            scope=Right.SELF,
            across=WHY,
            handler=end_others,
        ),
        Route(
            path=f"{PATH}/{{session_id}}",
            method="DELETE",
            summary="End one of your sessions",
            takes=Nothing,
            answer=None,
            raises=(NotFound,),
            scope=Right.SELF,
            across=WHY,
            handler=end,
        ),
    ),
)
