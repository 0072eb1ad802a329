"""The shapes of firmware over REST: channels, versions, known holes, devices and files, and how each is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.resource import Answer
from db.firmwarefleet import Runner
from fleet.firmware import File, Pointer, Standing
from fleet.firmwareview import Hole, View
from fleet.versions import Channel, Version
from routeros.depot import layout


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
    unclear: list[str] = Field(description="Those of which nobody can say, as it is a pre-release.")


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


def channel(one: Pointer) -> FirmwareChannel:
    """Tell where a channel points."""
    return FirmwareChannel(major=one.major, channel=one.channel, version=str(one.version), set_at=one.at)


def hole(one: Hole) -> OpenAdvisory:
    """Tell of a hole, with the devices that have it."""
    told = one.advisory
    return OpenAdvisory(
        id=told.id,
        about=told.about,
        fixed=_texts(told.fixed),
        since=_texts(told.since),
        source=told.source,
        devices=one.devices,
        versions=list(one.versions),
    )


def file(one: File, mirrored: bool) -> ReleaseFile:
    """Tell of a file, and whether the mirror has it."""
    return ReleaseFile(
        name=one.name,
        package=one.package,
        architecture=one.architecture,
        size=one.size,
        sha256=one.sha256,
        mirrored=mirrored,
        path=f"/firmware/{layout.place(one.version, one.name)}",
    )


def versions(found: View) -> list[FirmwareVersion]:
    """Tell what runs, the newest first."""
    return [
        FirmwareVersion(
            version=row.version,
            standing=row.standing,
            devices=row.devices,
            advisories=[one.id for one in row.open],
            unclear=[one.id for one in row.unclear],
        )
        for row in found.versions
    ]


def _texts(found: Sequence[Version]) -> list[str]:
    return [str(one) for one in found]


def device(one: Runner, found: View) -> FirmwareDevice:
    """Tell of a device and how what it runs stands."""
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
