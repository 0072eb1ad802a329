"""Device groups: filters of the device list that people gave a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api import cursors, meant
from api.fields import TEXT
from api.meant import Meant
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import groups
from db.groups import GroupRow, Groups
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope

MOST = 500
GroupName = Annotated[
    str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", description="Used once in a tenant.")
]


class GroupsQuery(Given):
    """How many groups to list at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many groups.")


class NewGroup(Given):
    """A filter and its name."""

    name: GroupName
    filter: Meant


class GroupChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    name: GroupName | None = None
    filter: Meant | None = Field(None, description="The whole filter, from now on.")


class GroupFilter(Answer):
    """Which devices are in a group."""

    state: list[str]
    q: str | None
    site: list[str] = Field(description="The ids of sites.")
    tag: list[str]
    tags_all: list[str]
    model: list[str]
    version: list[str]


class Group(Answer):
    """A filter with a name. Who is in it is asked anew each time: give its name as `group` to the device list."""

    id: UUID
    name: str
    filter: GroupFilter
    created_by: str
    created_at: datetime


class GroupPage(Answer):
    """A page of groups, by name."""

    items: list[Group]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[GroupsQuery]) -> GroupPage:
    given = asked.given
    found = groups.page(asked.session, given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.name
    return GroupPage(items=[_group(row) for row in shown], next=following)


def group(asked: Asked[Nothing]) -> Group:
    return _group(groups.one(asked.session, asked.ids["group_id"]))


def create(asked: Asked[NewGroup]) -> Group:
    given = asked.given
    made = _writer(asked).add(given.name, _written(asked, given.filter))
    return _group(groups.one(asked.session, made))


def change(asked: Asked[GroupChange]) -> Group:
    given, group_id = asked.given, groups.one(asked.session, asked.ids["group_id"]).id
    _writer(asked).change(group_id, given.name, None if given.filter is None else _written(asked, given.filter))
    return _group(groups.one(asked.session, group_id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a group; its devices stay."""
    _writer(asked).remove(asked.ids["group_id"])


def _writer(asked: Asked[Any]) -> Groups:
    return Groups(asked.session, asked.author, asked.principal.tenant_id)


def _written(asked: Asked[Any], given: Meant) -> dict[str, Any]:
    return meant.stored(given, meant.places(asked.session, given.site))


def _group(row: GroupRow) -> Group:
    kept = GroupFilter(**meant.kept(row.filter).model_dump(mode="json"))
    return Group(id=row.id, name=row.name, filter=kept, created_by=row.created_by, created_at=row.created_at)


PLACE = f"{TENANT}/groups"
ONE = f"{PLACE}/{{group_id}}"

resource = Resource(
    name="groups",
    about="Devices that a filter picks, under a name.",
    routes=(
        Route(
            path=PLACE,
            summary="The groups by name, a page at a time",
            takes=GroupsQuery,
            answer=GroupPage,
            scope=Scope.DEVICES_READ,
            handler=page,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Give a filter a name",
            takes=NewGroup,
            answer=Group,
            makes=f"{PLACE}/{{id}}",
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One group",
            takes=Nothing,
            answer=Group,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=group,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Change a group",
            takes=GroupChange,
            answer=Group,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound, Conflict),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a group; its devices stay",
            takes=Nothing,
            answer=None,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
