"""Credential profiles: a user and its password that many devices share, changed in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api import cursors
from api.fields import TEXT, Name, Password, Username
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from bus import subjects
from db import profiles as stored
from db.profiles import Credentials, ProfileRow, Profiles
from fleet.errors import Conflict, NotFound
from fleet.identity import ProfileId, Scope

MOST = 500


class ProfilesQuery(Given):
    """Which profiles to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many profiles.")


class NewProfile(Given):
    """A user of many routers, and its password."""

    model_config = ConfigDict(strict=True)

    name: Name
    username: Username
    password: Password


class ProfileChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Name | None = None
    username: Username | None = None
    password: Password | None = None


class Profile(Answer):
    """A credential profile; its password is told by no answer."""

    unsteady = frozenset({"devices"})

    id: UUID
    name: str
    username: str
    created_at: datetime
    sealed_at: datetime = Field(description="When its password was last given.")
    devices: int = Field(description="How many devices log in with it.")


class ProfilePage(Answer):
    """A page of profiles, by name."""

    items: list[Profile]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def profiles(asked: Asked[ProfilesQuery]) -> ProfilePage:
    found = stored.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    following = None if last is None else last.name
    return ProfilePage(items=[_profile(row) for row in shown], next=following)


def profile(asked: Asked[Nothing]) -> Profile:
    return _profile(stored.one(asked.session, _id(asked)))


def create(asked: Asked[NewProfile]) -> Profile:
    """Make a profile. The password is sealed before anything is written: where OpenBao is away nothing is."""
    given = asked.given
    sealed = asked.seal(given.password.get_secret_value())
    made = _writer(asked).add(Credentials(name=given.name, username=given.username, secret=sealed))
    return _profile(stored.one(asked.session, made))


def change(asked: Asked[ProfileChange]) -> Profile:
    """Change what is given; all devices of the profile are entered with it from then on."""
    given, profile_id = asked.given, _id(asked)
    stored.one(asked.session, profile_id)
    sealed = None if given.password is None else asked.seal(given.password.get_secret_value())
    wish = Credentials(name=given.name, username=given.username, secret=sealed)
    _writer(asked).change(profile_id, wish)
    return _profile(stored.one(asked.session, profile_id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a profile that no device uses."""
    _writer(asked).remove(_id(asked))


def _id(asked: Asked[Any]) -> ProfileId:
    return ProfileId(asked.ids["profile_id"])


def _writer(asked: Asked[Any]) -> Profiles:
    return Profiles(asked.session, asked.author, asked.principal.tenant_id, subjects.of)


def _profile(row: ProfileRow) -> Profile:
    return Profile(**{name: getattr(row, name) for name in Profile.model_fields})


ONE = f"{TENANT}/profiles/{{profile_id}}"

resource = Resource(
    name="profiles",
    about="The logins that many devices share.",
    routes=(
        Route(
            path=f"{TENANT}/profiles",
            summary="The credential profiles by name, a page at a time",
            takes=ProfilesQuery,
            answer=ProfilePage,
            scope=Scope.DEVICES_READ,
            handler=profiles,
        ),
        Route(
            path=f"{TENANT}/profiles",
            method="POST",
            summary="Make a credential profile",
            takes=NewProfile,
            answer=Profile,
            makes=f"{TENANT}/profiles/{{id}}",
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One credential profile",
            takes=Nothing,
            answer=Profile,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=profile,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Change a credential profile, its password too",
            takes=ProfileChange,
            answer=Profile,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound, Conflict),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a credential profile that no device uses",
            takes=Nothing,
            answer=None,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound, Conflict),
            handler=remove,
        ),
    ),
)
