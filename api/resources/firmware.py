"""Firmware: what a fleet runs and how it stands, and what there is to be had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from api import cursors
from api.context import current
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import firmware, firmwarefleet
from db.firmwarefleet import Runner
from fleet import advisories, firmwareview
from fleet.advisories import Advisory
from fleet.errors import BadInput, NotFound
from fleet.firmware import Pointer, Standing
from fleet.firmwareview import View
from fleet.identity import Scope
from fleet.versions import Channel, Version, version
from routeros.depot import layout
from routeros.depot.mirror import Mirror

MOST = 500
VERSION = r"^[0-9][0-9A-Za-z.]{2,39}$"


class FirmwareDevicesQuery(Given):
    """Which devices: by how their versions stand, by a hole that they have, or both."""

    standing: Standing | None = None
    advisory: str | None = Field(None, max_length=40, pattern=TEXT, description="Such as CVE-2018-14847.")
    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")


class ReleaseQuery(Given):
    """Which version."""

    version: str = Field(max_length=40, pattern=VERSION, description="Such as 7.24.4.")


class FirmwareChannel(Answer):
    """Where a channel points, for devices of a major version."""

    major: int
    channel: Channel
    version: str
    set_at: datetime = Field(description="When the vendor set it.")


class FirmwareAdvisory(Answer):
    """A known hole of RouterOS, and the versions that closed it."""

    id: str
    about: str
    fixed: list[str]
    since: list[str] = Field(description="The first versions that have it; all before the fix where there are none.")
    source: str


class OpenAdvisory(FirmwareAdvisory):
    """A known hole that devices of the tenant have."""

    devices: int
    versions: list[str] = Field(description="What these devices run.")


class FirmwareVersion(Answer):
    """What some devices run."""

    version: str | None = Field(description="Null for devices that have not told it.")
    standing: Standing
    devices: int
    advisories: list[str] = Field(description="The ids of the holes that it is known to have.")


class FirmwareCell(Answer):
    """So many devices of a model run a version."""

    model: str | None
    version: str | None
    devices: int


class FirmwareDevice(Answer):
    """A device and what it runs."""

    id: UUID
    name: str
    model: str | None
    version: str | None
    architecture: str | None
    standing: Standing
    advisories: list[str]


class FirmwareFleet(Answer):
    """A fleet by what it runs: versions come newest first."""

    devices: int
    exposed: int = Field(description="How many devices have a known hole.")
    channels: list[FirmwareChannel]
    read_at: datetime | None = Field(description="When the channels were last read; null where they never were.")
    versions: list[FirmwareVersion]
    cells: list[FirmwareCell]
    advisories: list[OpenAdvisory]
    flagged: list[FirmwareDevice] = Field(
        description="Devices that found something suspicious in their configuration (device-mode)."
    )


class FirmwareDevicePage(Answer):
    """A page of devices, by name."""

    items: list[FirmwareDevice]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class ReleaseHead(Answer):
    """A version that there is to be had."""

    version: str
    files: int
    seen_at: datetime


class Releases(Answer):
    """All versions of the catalogue, the newest first."""

    items: list[ReleaseHead]


class ReleaseFile(Answer):
    """A package file."""

    name: str
    package: str
    architecture: str
    size: int = Field(description="Bytes.")
    sha256: str
    mirrored: bool = Field(description="Whether the mirror has it.")
    path: str = Field(description="Where the mirror serves it.")


class ReleaseWhole(Answer):
    """A version: what is new in it, its files, and the known holes that it has."""

    version: str
    changelog: str
    advisories: list[str]
    files: list[ReleaseFile]


def fleet(asked: Asked[Nothing]) -> FirmwareFleet:
    found = _view(asked)
    session = asked.session
    return FirmwareFleet(
        devices=found.devices,
        exposed=found.exposed,
        channels=[_channel(one) for one in found.channels],
        read_at=firmware.seen_at(session),
        versions=[
            FirmwareVersion(
                version=row.version,
                standing=row.standing,
                devices=row.devices,
                advisories=[one.id for one in row.open],
            )
            for row in found.versions
        ],
        cells=[
            FirmwareCell(model=model, version=running, devices=count)
            for (model, running), count in sorted(found.cells.items(), key=lambda cell: [str(x) for x in cell[0]])
        ],
        advisories=[
            OpenAdvisory(**_told(hole.advisory), devices=hole.devices, versions=list(hole.versions))
            for hole in found.holes
        ],
        flagged=[_device(one, found) for one in firmwarefleet.flagged(session)],
    )


def devices(asked: Asked[FirmwareDevicesQuery]) -> FirmwareDevicePage:
    given, found = asked.given, _view(asked)
    if given.standing is None and given.advisory is None:
        raise BadInput("Nothing was asked for.", "Give `standing`, `advisory`, or both.")
    versions = found.running(given.standing, given.advisory)
    rows = firmwarefleet.runners(asked.session, versions, given.after, given.limit + 1)
    shown, last = cursors.cut(rows, given.limit)
    following = None if last is None else last.name
    return FirmwareDevicePage(items=[_device(one, found) for one in shown], next=following)


def releases(asked: Asked[Nothing]) -> Releases:
    found = firmware.releases(asked.session)
    heads = [ReleaseHead(version=str(one.version), files=one.files, seen_at=one.seen_at) for one in found]
    return Releases(items=heads)


def release(asked: Asked[ReleaseQuery]) -> ReleaseWhole:
    of = _read(asked.given.version)
    changelog = firmware.changelog(asked.session, of)
    mirror = Mirror.of(current().settings)
    known = advisories.every(current().settings.firmware_advisories)
    return ReleaseWhole(
        version=str(of),
        changelog=changelog,
        advisories=[one.id for one in advisories.concerning(known, of)],
        files=[
            ReleaseFile(
                name=one.name,
                package=one.package,
                architecture=one.architecture,
                size=one.size,
                sha256=one.sha256,
                mirrored=mirror.holds(one),
                path=f"/firmware/{layout.place(of, one.name)}",
            )
            for one in firmware.files(asked.session, of)
        ],
    )


def _view(asked: Asked[FirmwareDevicesQuery] | Asked[Nothing]) -> View:
    known = advisories.every(current().settings.firmware_advisories)
    return firmwareview.view(firmwarefleet.cells(asked.session), firmware.pointers(asked.session), known)


def _read(text: str) -> Version:
    try:
        return version(text)
    except ValueError as error:
        raise BadInput(f"{error}.", "Name a version such as 7.24.4 or 7.25beta5.") from error


def _channel(one: Pointer) -> FirmwareChannel:
    return FirmwareChannel(major=one.major, channel=one.channel, version=str(one.version), set_at=one.at)


def _told(one: Advisory) -> dict[str, str | list[str]]:
    return {
        "id": one.id,
        "about": one.about,
        "fixed": _texts(one.fixed),
        "since": _texts(one.since),
        "source": one.source,
    }


def _texts(found: Sequence[Version]) -> list[str]:
    return [str(one) for one in found]


def _device(one: Runner, found: View) -> FirmwareDevice:
    row = next((row for row in found.versions if row.version == one.version), None)
    return FirmwareDevice(
        id=one.id,
        name=one.name,
        model=one.model,
        version=one.version,
        architecture=one.architecture,
        standing=row.standing if row else Standing.UNKNOWN,
        advisories=[hole.id for hole in row.open] if row else [],
    )


PLACE = f"{TENANT}/firmware"

resource = Resource(
    name="firmware",
    about="What devices run, how it stands by the vendor's channels and known fixes, and what there is to be had.",
    routes=(
        Route(
            path=PLACE,
            summary="The fleet by model and version, with what is behind, ended or known to have a hole",
            takes=Nothing,
            answer=FirmwareFleet,
            scope=Scope.FIRMWARE_READ,
            handler=fleet,
        ),
        Route(
            path=f"{PLACE}/devices",
            summary="The devices whose version stands so, or has a known hole, a page at a time",
            takes=FirmwareDevicesQuery,
            answer=FirmwareDevicePage,
            scope=Scope.FIRMWARE_READ,
            handler=devices,
        ),
        Route(
            path=f"{PLACE}/releases",
            summary="The versions of the catalogue, the newest first",
            takes=Nothing,
            answer=Releases,
            scope=Scope.FIRMWARE_READ,
            handler=releases,
        ),
        Route(
            path=f"{PLACE}/release",
            summary="One version: what is new in it, and its files",
            takes=ReleaseQuery,
            answer=ReleaseWhole,
            scope=Scope.FIRMWARE_READ,
            raises=(NotFound,),
            handler=release,
        ),
    ),
)
