"""Drift: where devices are not as they are intended to be, each difference explained."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from actors import intending
from actors.intending import DriftState, Part, Standing
from api import cursors
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import inventory
from db.inventory import DeviceRow
from fleet.errors import NotFound, Unavailable
from fleet.identity import DeviceId, Scope
from fleet.pushes import Source
from routeros.plan.drift import Difference

MOST = 100


class DriftQuery(Given):
    """How many devices to compare at once."""

    after: str | None = Field(None, max_length=255, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(25, ge=1, le=MOST, description="At most so many devices.")


class DriftFinding(Answer):
    """One difference, with its secrets masked."""

    menu: str
    difference: Difference
    why: str = Field(description="What is, and what is intended.")
    step: str = Field(description="The line that mends it.")


class DriftPart(Answer):
    """A template or a pinned version that is intended, and what differs from it."""

    source: Source
    id: UUID
    name: str
    version: int
    findings: list[DriftFinding]
    error: str | None = Field(description="Why it cannot be told.")
    next_step: str | None


class DeviceDriftHead(Answer):
    """How a device stands to what is intended of it."""

    device_id: UUID
    device: str
    state: DriftState
    findings: int = Field(description="How many differences there are.")
    version: int | None = Field(description="The version of its configuration that was compared, the newest.")
    read_at: datetime | None = Field(description="When the device had it last.")
    error: str | None = Field(description="Why it cannot be told how the device stands.")


class DeviceDrift(DeviceDriftHead):
    """How a device stands to each part of what is intended of it."""

    parts: list[DriftPart]


class DriftPage(Answer):
    """A page of devices, by name."""

    items: list[DeviceDriftHead]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[DriftQuery]) -> DriftPage:
    """Compare a page of devices by their newest versions; nothing is asked of them."""
    given = asked.given
    shown, last = cursors.cut(inventory.page(asked.session, given.after, given.limit + 1), given.limit)
    intended = intending.read(asked.session, shown)
    looks = [(row, intending.look(asked.session, asked.keyring, row, intended)) for row in shown]
    items = [DeviceDriftHead(**_head(row, found)) for row, found in looks]
    return DriftPage(items=items, next=None if last is None else last.name)


def device(asked: Asked[Nothing]) -> DeviceDrift:
    """Compare a device by its newest version; nothing is asked of it."""
    row = inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    found = intending.look(asked.session, asked.keyring, row, intending.read(asked.session, [row]))
    return DeviceDrift(**_head(row, found), parts=[_part(one) for one in found.parts])


def _head(row: DeviceRow, found: Standing) -> dict[str, Any]:
    version, error = found.version, found.error
    return {
        "device_id": row.id,
        "device": row.name,
        "state": found.state,
        "findings": found.count,
        "version": None if version is None else version.number,
        "read_at": None if version is None else version.last_seen,
        "error": None if error is None else error.message,
    }


def _part(one: Part) -> DriftPart:
    findings = one.drift.findings if one.drift else ()
    return DriftPart(
        source=one.source,
        id=one.id,
        name=one.name,
        version=one.number,
        findings=[
            DriftFinding(menu=each.menu, difference=each.difference, why=each.why, step=each.step)
            for each in findings
        ],
        error=one.error.message if one.error else None,
        next_step=one.error.next_step if one.error else None,
    )


resource = Resource(
    name="drift",
    about="Where devices are not as they are intended to be.",
    routes=(
        Route(
            path=f"{TENANT}/drift",
            summary="How each device stands to what is intended of it, a page at a time",
            takes=DriftQuery,
            answer=DriftPage,
            scope=Scope.CONFIG_READ,
            raises=(Unavailable,),
            handler=page,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}/drift",
            summary="What of a device is not as intended, each difference explained",
            takes=Nothing,
            answer=DeviceDrift,
            scope=Scope.CONFIG_READ,
            raises=(NotFound, Unavailable),
            handler=device,
        ),
    ),
)
