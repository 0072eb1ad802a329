"""Firmware: what a fleet runs and how it stands, and what there is to be had."""

from __future__ import annotations

from pydantic import Field

from api import cursors
from api import firmware as shapes
from api.context import current
from api.fields import TEXT
from api.firmware import FirmwareCell, FirmwareDevicePage, FirmwareFleet, ReleaseHead, Releases, ReleaseWhole
from api.resource import TENANT, Asked, Given, Nothing, Resource, Route
from db import firmware, firmwarefleet
from fleet import advisories, firmwareview
from fleet.errors import BadInput, NotFound
from fleet.firmware import Standing
from fleet.firmwareview import View
from fleet.identity import Scope
from fleet.versions import Version, version
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

    version: str = Field(max_length=40, pattern=VERSION, examples=["7.24.4"])


def fleet(asked: Asked[Nothing]) -> FirmwareFleet:
    found = _view(asked)
    session = asked.session
    return FirmwareFleet(
        devices=found.devices,
        exposed=found.exposed,
        channels=[shapes.channel(one) for one in found.channels],
        read_at=firmware.seen_at(session),
        versions=shapes.versions(found),
        cells=[
            FirmwareCell(model=model, version=running, devices=count)
            for (model, running), count in sorted(found.cells.items(), key=lambda cell: [str(x) for x in cell[0]])
        ],
        advisories=[shapes.hole(one) for one in found.holes],
        flagged=[shapes.device(one, found) for one in firmwarefleet.flagged(session)],
    )


def devices(asked: Asked[FirmwareDevicesQuery]) -> FirmwareDevicePage:
    given, found = asked.given, _view(asked)
    if given.standing is None and given.advisory is None:
        raise BadInput("Nothing was asked for.", "Give `standing`, `advisory`, or both.")
    versions = found.running(given.standing, given.advisory)
    rows = firmwarefleet.runners(asked.session, versions, given.after, given.limit + 1)
    shown, last = cursors.cut(rows, given.limit)
    following = None if last is None else last.name
    return FirmwareDevicePage(items=[shapes.device(one, found) for one in shown], next=following)


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
        files=[shapes.file(one, mirror.holds(one)) for one in firmware.files(asked.session, of)],
    )


def _view(asked: Asked[FirmwareDevicesQuery] | Asked[Nothing]) -> View:
    known = advisories.every(current().settings.firmware_advisories)
    return firmwareview.view(firmwarefleet.cells(asked.session), firmware.pointers(asked.session), known)


def _read(text: str) -> Version:
    try:
        return version(text)
    except ValueError as error:
        raise BadInput(f"{error}.", "Name a version such as 7.24.4 or 7.25beta5.") from error


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
