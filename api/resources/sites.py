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
from fleet.belonging import LONGEST_NAME, SITE_NAME, Spot
from fleet.endpoints import BadField
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope, SiteId

MOST = 500
SPOT = ("latitude", "longitude")


def _name(text: str) -> str:
    try:
        return belonging.site_name(text)
    except BadField as error:
        raise ValueError(error.next_step) from error


class SitesQuery(Given):
    """Which sites to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many sites.")


Name = Annotated[
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


class SiteSpot(Given):
    """Where on the earth a site is."""

    model_config = ConfigDict(strict=True)

    latitude: float | None = Field(
        None, ge=-90, le=90, examples=[59.91], description="Degrees north; with `longitude`, or null with it."
    )
    longitude: float | None = Field(
        None, ge=-180, le=180, examples=[10.75], description="Degrees east; with `latitude`, or null with it."
    )


class NewSite(SiteSpot):
    """What a site is called, and where on the earth it is."""

    name: Name


class SiteChange(SiteSpot):
    """What a site is to be called, and where on the earth it is; what is left out stays."""

    name: Name | None = None


class Site(Answer):
    """A place where devices stand."""

    id: UUID
    name: str
    created_at: datetime
    devices: int = Field(description="How many stand there.")
    latitude: float | None = Field(description="Degrees north; null where nobody said.")
    longitude: float | None = Field(description="Degrees east.")


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


def create(asked: Asked[NewSite]) -> Site:
    return _site(stored.one(asked.session, _writer(asked).add(asked.given.name, _spot(asked.given))))


def change(asked: Asked[SiteChange]) -> Site:
    """Give a site another name or place; its devices, maintenance and history stay with it."""
    if asked.given.name is not None:
        _writer(asked).rename(_id(asked), asked.given.name)
    if {*SPOT} & asked.given.model_fields_set:
        _writer(asked).place(_id(asked), _spot(asked.given, stored.one(asked.session, _id(asked))))
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


def _spot(given: SiteSpot, row: SiteRow | None = None) -> Spot | None:
    """Tell the place that is meant; what was left out stays as it is. Raises BadField for one coordinate alone."""
    told = {name: getattr(given if name in given.model_fields_set else row, name, None) for name in SPOT}
    latitude, longitude = told.values()
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        missing = "latitude" if latitude is None else "longitude"
        raise BadField(missing, "One coordinate alone is no place.", "Give both, or null for both.")
    return Spot(latitude, longitude)


def _site(row: SiteRow) -> Site:
    return Site(**{name: getattr(row, name) for name in ("id", "name", "created_at", "devices", *SPOT)})


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
            takes=NewSite,
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
            summary="Rename a site, or say where on the earth it is",
            takes=SiteChange,
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
