"""The people of a tenant: who they are, what they may do, and links by which they choose a password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from flask import request
from pydantic import Field

from api import cursors, pages, times
from api.context import current
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import enrolments, members
from db.enrolments import Elsewhere, Offer
from db.members import LastAdmin, MemberRow, Members
from db.signintables import Purpose
from fleet.errors import Conflict, NotFound
from fleet.identity import Right, Role

MOST = 500
LIFE = "7d"
LONGEST = times.span("30d")

Email: TypeAlias = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        pattern=r"^[^\x00-\x20@]+@[^\x00-\x20@]+$",
        examples=["noc@northwind.example"],
        description="The e-mail address, by which the person signs in.",
    ),
]
Lasts: TypeAlias = Annotated[times.Span, Field(description="How long the link may be used, once: at most 30d.")]


class UsersQuery(Given):
    """How many people to list at once."""

    after: str | None = Field(None, max_length=254, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many people.")


class NewUser(Given):
    """Whom to let in."""

    email: Email
    role: Role = Field(description="What the person may do; only a super_admin makes another.")
    lasts: Lasts = LIFE


class NewLink(Given):
    """A link for somebody who lost the way in."""

    lasts: Lasts = LIFE


class UserRole(Given):
    """What a person may do."""

    role: Role


class User(Answer):
    """A person of the tenant."""

    id: UUID
    email: str
    role: Role


class Users(Answer):
    """A page of people, by their addresses."""

    items: list[User]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class Invitation(Answer):
    """A link by which a person chooses a password, once. It is shown now and never again."""

    link: str | None = Field(
        description="Hand it over in private: whoever has it is that person. Null for somebody of another tenant, "
        "who signs in as before."
    )
    expires_at: datetime


class InvitedUser(User, Invitation):
    """Somebody who was let in, and the link to hand over."""


def page(asked: Asked[UsersQuery]) -> Users:
    found = members.page(asked.session, asked.principal.tenant_id, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    following = None if last is None else last.email
    return Users(items=[_user(row) for row in shown], next=following)


def user(asked: Asked[Nothing]) -> User:
    return _user(_find(asked))


def invite(asked: Asked[NewUser]) -> InvitedUser:
    """Let a person in, and make the link by which a password is chosen."""
    row, is_new = _writer(asked).add(asked.given.email, asked.given.role)
    until = _until(asked, asked.given.lasts)
    purpose = Purpose.SETUP if row.role is Role.SUPER_ADMIN else Purpose.INVITATION
    link = _link(asked, row, purpose, until) if is_new else None
    return InvitedUser(**_user(row).model_dump(), link=link, expires_at=until)


def relink(asked: Asked[NewLink]) -> Invitation:
    """Make a new link for a person of this tenant alone; with it the password of before, if any, is replaced."""
    until = _until(asked, asked.given.lasts)
    return Invitation(link=_link(asked, _find(asked), Purpose.RECOVERY, until), expires_at=until)


def change(asked: Asked[UserRole]) -> User:
    """Give a person another role; it counts from the next request on."""
    return _user(_writer(asked).change(_find(asked), asked.given.role))


def remove(asked: Asked[Nothing]) -> None:
    """Take a person out of the tenant, at once."""
    _writer(asked).remove(_find(asked))


def _find(asked: Asked[Any]) -> MemberRow:
    return members.one(asked.session, asked.principal.tenant_id, asked.ids["user_id"])


def _writer(asked: Asked[Any]) -> Members:
    return Members(asked.session, asked.author, asked.principal.tenant_id, asked.principal.role)


def _until(asked: Asked[Any], lasts: str) -> datetime:
    return times.after(asked.now, min(times.span(lasts), LONGEST))


def _link(asked: Asked[Any], row: MemberRow, purpose: Purpose, until: datetime) -> str:
    token = enrolments.make(asked.session, asked.author, Offer(asked.principal.tenant_id, row, purpose, until))
    return f"{current().settings.public_url or request.host_url.rstrip('/')}{pages.ENROL}#{token}"


def _user(row: MemberRow) -> User:
    return User(id=row.id, email=row.email, role=row.role)


ONE = f"{TENANT}/users/{{user_id}}"
WHY = "the people of a tenant belong to none"

resource = Resource(
    name="users",
    about="The people of a tenant.",
    routes=(
        Route(
            path=f"{TENANT}/users",
            summary="The people by their addresses, a page at a time",
            takes=UsersQuery,
            answer=Users,
            scope=Right.USERS_READ,
            across=WHY,
            handler=page,
        ),
        Route(
            path=f"{TENANT}/users",
            method="POST",
            summary="Invite a person",
            takes=NewUser,
            answer=InvitedUser,
            once=True,
            makes=f"{TENANT}/users/{{id}}",
            scope=Right.USERS_WRITE,
            across=WHY,
            raises=(Conflict,),
            handler=invite,
        ),
        Route(
            path=ONE,
            summary="One person",
            takes=Nothing,
            answer=User,
            scope=Right.USERS_READ,
            across=WHY,
            raises=(NotFound,),
            handler=user,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Give a person another role",
            takes=UserRole,
            answer=User,
            scope=Right.USERS_WRITE,
            across=WHY,
            raises=(NotFound, LastAdmin),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Take a person out of the tenant",
            takes=Nothing,
            answer=None,
            scope=Right.USERS_WRITE,
            across=WHY,
            raises=(NotFound, LastAdmin),
            handler=remove,
        ),
        Route(
            path=f"{ONE}/link",
            method="POST",
            summary="Make a new link by which a person chooses a password",
            takes=NewLink,
            answer=Invitation,
            once=True,
            scope=Right.USERS_WRITE,
            across=WHY,
            raises=(NotFound, Elsewhere),
            handler=relink,
        ),
    ),
)
