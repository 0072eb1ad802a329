"""Where devices stand, and the tags that they have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api import cursors
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import sites as stored
from db.sites import SiteRow, Sites
from fleet import belonging
from fleet.belonging import LONGEST_NAME, SITE_NAME
from fleet.endpoints import BadField
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope, SiteId

MOST = 500


def _name(text: str) -> str:
    try:
        return belonging.site_name(text)
    except BadField as error:
        raise ValueError(error.next_step) from error


class SitesQuery(Given):
    """Which sites to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many sites.")


class SiteName(Given):
    """What a site is called."""

    model_config = ConfigDict(strict=True)

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST_NAME,
            examples=["Oslo 2"],
            description="Used once in a tenant; it does not begin with a bracket.",
            json_schema_extra={"pattern": f"^{SITE_NAME}$"},
        ),
        AfterValidator(_name),
    ]


class Site(Answer):
    """A place where devices stand."""

    id: UUID
    name: str
    created_at: datetime
    devices: int = Field(description="How many stand there.")


class SitePage(Answer):
    """A page of sites, by name."""

    items: list[Site]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class Tagged(Answer):
    """A tag that devices have."""

    tag: str
    devices: int = Field(description="How many have it.")


class Tags(Answer):
    """Every tag that a device has."""

    items: list[Tagged]


def sites(asked: Asked[SitesQuery]) -> SitePage:
    found = stored.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    following = None if last is None else last.name
    return SitePage(items=[_site(row) for row in shown], next=following)


def site(asked: Asked[Nothing]) -> Site:
    return _site(stored.one(asked.session, _id(asked)))


def create(asked: Asked[SiteName]) -> Site:
    return _site(stored.one(asked.session, _writer(asked).add(asked.given.name)))


def change(asked: Asked[SiteName]) -> Site:
    """Give a site another name; its devices, maintenance and history stay with it."""
    _writer(asked).rename(_id(asked), asked.given.name)
    return _site(stored.one(asked.session, _id(asked)))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a site and the maintenance planned for it; its devices stand nowhere then."""
    _writer(asked).remove(_id(asked))


def tags(asked: Asked[Nothing]) -> Tags:
    return Tags(items=[Tagged(tag=row.tag, devices=row.devices) for row in stored.tags(asked.session)])


def _id(asked: Asked[Any]) -> SiteId:
    return SiteId(asked.ids["site_id"])


def _writer(asked: Asked[Any]) -> Sites:
    return Sites(asked.session, asked.author, asked.principal.tenant_id)


def _site(row: SiteRow) -> Site:
    return Site(id=row.id, name=row.name, created_at=row.created_at, devices=row.devices)


ONE = f"{TENANT}/sites/{{site_id}}"

resource = Resource(
    name="sites",
    about="Where devices stand, and their tags.",
    routes=(
        Route(
            path=f"{TENANT}/sites",
            summary="The sites by name, a page at a time",
            takes=SitesQuery,
            answer=SitePage,
            scope=Scope.DEVICES_READ,
            handler=sites,
        ),
        Route(
            path=f"{TENANT}/sites",
            method="POST",
            summary="Make a site",
            takes=SiteName,
            answer=Site,
            makes=f"{TENANT}/sites/{{id}}",
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One site",
            takes=Nothing,
            answer=Site,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=site,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Rename a site",
            takes=SiteName,
            answer=Site,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound, Conflict),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a site; its devices stay",
            takes=Nothing,
            answer=None,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
        Route(
            path=f"{TENANT}/tags",
            summary="The tags that devices have",
            takes=Nothing,
            answer=Tags,
            scope=Scope.DEVICES_READ,
            handler=tags,
        ),
    ),
)
