"""What contracts ask for: availability, and the 95th percentile of what a counter grew by."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from api.fields import Site, Tag
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.times import Instant, instant
from db import availability as measured
from db import selection
from db.availability import SiteAvailability, Watched
from db.partials import Source
from db.ranges import Range
from db.selection import Selection
from fleet.families import find
from fleet.identity import Scope


class Spanned(Given):
    """A range."""

    start: Instant = Field("now-4w", alias="from")
    end: Instant = Field("now", alias="to")


class By(StrEnum):
    """Of what availability is told."""

    DEVICE = "device"
    SITE = "site"


class AvailabilityQuery(Spanned):
    """A range, and of which devices the availability is told."""

    by: By = Field(By.DEVICE, description="For each device, or for all devices of a site together.")
    site: Site | None = Field(None, description="Only of devices at this site, by its name or id.")
    tag: Tag | None = Field(None, description="Only of devices with this tag.")


class Counter(Spanned):
    """A counter over a range."""

    family: str = Field(max_length=64, examples=["interfaces"], description="A name of the catalogue.")
    field: str = Field(max_length=64, examples=["rx_bytes_total"], description="A counter of that family.")


class Available(Answer):
    """The polls of a device, or of the devices of a site. What was maintenance is neither answered nor expected."""

    device_id: UUID | None = Field(description="Null of a site.")
    site_id: UUID | None = Field(description="The site, or where the device stands; null where it stands nowhere.")
    name: str = Field(description="Of the device or the site; `(no site)` of those that stand nowhere.")
    devices: int = Field(description="How many there are.")
    answered: int
    expected: int
    ratio: float | None = Field(
        description="The share of the time in which devices answered; null where none was expected."
    )
    maintenance_seconds: float = Field(description="How long devices were in maintenance, added up.")


class Availability(Answer):
    """Every device that was there in the range, or every site that had one, in the order of their names."""

    items: list[Available]


class Burst(Answer):
    """An instance of a counter."""

    device_id: UUID
    labels: dict[str, str]
    rate: float = Field(description="What it grew by in a second, exceeded in one of twenty five minutes.")
    buckets: int = Field(description="How many five minutes it was measured in.")


class Bursts(Answer):
    """The 95th percentile of each instance, in the order of devices and labels."""

    unit: str
    items: list[Burst]


def availability(asked: Asked[AvailabilityQuery]) -> Availability:
    given, spanned = asked.given, _range(asked, asked.given)
    sites, tags = ([given.site] if given.site else None), ([given.tag] if given.tag else None)
    wanted = selection.devices(asked.session, Selection(None, sites, tags))
    if given.by is By.SITE:
        of_sites = measured.by_site(asked.session, asked.families, spanned, asked.now, wanted)
        return Availability(items=[_of_site(found) for found in of_sites])
    found = measured.every(asked.session, asked.families, spanned, asked.now, wanted)
    return Availability(items=[_of_device(*one) for one in found])


def _of_device(device: Watched, found: measured.Availability) -> Available:
    return Available(
        device_id=device.id,
        site_id=device.site_id,
        name=device.name,
        devices=1,
        answered=found.answered,
        expected=found.expected,
        ratio=found.ratio,
        maintenance_seconds=found.planned.total_seconds(),
    )


def _of_site(found: SiteAvailability) -> Available:
    return Available(
        device_id=None,
        site_id=found.site_id,
        name=found.name,
        devices=found.devices,
        answered=found.answered,
        expected=found.expected,
        ratio=found.ratio,
        maintenance_seconds=found.planned.total_seconds(),
    )


def bursts(asked: Asked[Counter]) -> Bursts:
    family = find(asked.families, asked.given.family)
    column = family.column(asked.given.field)
    found = measured.bursts(asked.session, Source(family, column), _range(asked, asked.given), asked.now)
    items = [Burst(device_id=b.device_id, labels=dict(b.labels), rate=b.rate, buckets=b.buckets) for b in found]
    return Bursts(unit=family.field_of(column.name).columns[-1].unit, items=items)


def _range(asked: Asked[Any], given: Spanned) -> Range:
    return Range(instant(given.start, asked.now), instant(given.end, asked.now))


resource = Resource(
    name="contracts",
    about="Availability and the 95th percentile.",
    routes=(
        Route(
            path=f"{TENANT}/metrics/availability",
            summary="How many of its expected polls each device or site answered",
            takes=AvailabilityQuery,
            answer=Availability,
            scope=Scope.METRICS_READ,
            handler=availability,
        ),
        Route(
            path=f"{TENANT}/metrics/bursts",
            summary="The 95th percentile of a counter's five minutes",
            takes=Counter,
            answer=Bursts,
            scope=Scope.METRICS_READ,
            handler=bursts,
        ),
    ),
)
