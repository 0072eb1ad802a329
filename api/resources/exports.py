"""Metrics in bulk: rows of a family as a file that programs read into a frame."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from api.exports import FORMATS
from api.fields import Site, Tag
from api.resource import TENANT, Asked, Download, Given, Resource, Route
from api.times import Instant, Span, instant, span
from db import batches, selection
from db.ranges import Range
from db.selection import Selection
from fleet.errors import BadInput
from fleet.identity import DeviceId, Scope

DEVICES = 1000
"""The most devices that fit into an address."""


def _ids(text: str) -> str:
    try:
        found = [UUID(word) for word in text.split(",")]
    except ValueError as error:
        raise ValueError("Ids of devices are UUIDs with commas between them.") from error
    if len(found) > DEVICES:
        raise ValueError(f"At most {DEVICES} devices can be named.")
    return text


class Wanted(Given):
    """Fields of a family over a range, of some devices or of all."""

    family: str = Field(max_length=64, examples=["interfaces"], description="A name of the catalogue.")
    fields: str = Field(
        max_length=4000,
        examples=["rx_bytes_rate,tx_bytes_rate"],
        description="Fields of that family, with commas between them.",
    )
    start: Instant = Field("now-6h", alias="from")
    end: Instant = Field("now", alias="to")
    step: Span | None = Field(
        None, description="Reduce the rows to steps; without it they come as they were polled, while they are kept."
    )
    devices: Annotated[str, AfterValidator(_ids)] | None = Field(
        None,
        json_schema_extra={"pattern": "^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36})*$"},
        description="Ids of devices, with commas between them; all of the tenant's without it.",
    )
    site: Site | None = Field(None, description="Only devices at this site, by its name or id.")
    tag: Tag | None = Field(None, description="Only devices with this tag.")
    format: Literal["arrow", "parquet", "csv"] = Field("arrow", description="Arrow is an IPC stream, with zstd.")


def download(asked: Asked[Wanted]) -> Download:
    given = asked.given
    spanned = Range(instant(given.start, asked.now), instant(given.end, asked.now))
    if spanned.start >= asked.now:
        raise BadInput("The range is in the future.", "Give a start before now.")
    named = None if given.devices is None else [DeviceId(UUID(word)) for word in given.devices.split(",")]
    sites, tags = ([given.site] if given.site else None), ([given.tag] if given.tag else None)
    devices = selection.devices(asked.session, Selection(named, sites, tags))
    step = None if given.step is None else span(given.step)
    extract = asked.metrics.extract(given.family, given.fields.split(","), spanned, devices, step)
    chosen = FORMATS[given.format]
    rows = batches.batches(extract, asked.metrics.slices(extract))
    name = f"{given.family}-{spanned.start:%Y%m%dT%H%M%SZ}-{spanned.end:%Y%m%dT%H%M%SZ}.{chosen.ending}"
    return Download(chosen.media, name, chosen.encode(batches.schema(extract), rows))


resource = Resource(
    name="exports",
    about="Metrics in bulk, as files.",
    routes=(
        Route(
            path=f"{TENANT}/metrics/export",
            summary="Rows of a family as a file: Arrow, Parquet or CSV",
            takes=Wanted,
            answer=Download,
            medias=tuple(chosen.media for chosen in FORMATS.values()),
            scope=Scope.METRICS_READ,
            handler=download,
        ),
    ),
)
