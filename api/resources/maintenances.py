"""A maintenance window for each of many devices, with a result for each."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from api import problems
from api.devices import registry
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.resources.maintenance import Lasting, ending
from api.times import instant
from db.maintenance import Maintenance, checked
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope

MOST = 1000
"""Devices of one request."""


class PlanQuery(Given):
    """How the devices are meant."""

    dry_run: bool = Field(False, description="Tell what would become of each device, and keep nothing.")


class NewWindows(Lasting):
    """What to plan for each of some devices, until `to` or for as long as it `lasts`."""

    devices: list[UUID] = Field(min_length=1, max_length=MOST, description="Ids of devices.")


class Planning(StrEnum):
    """What became of a device's window."""

    PLANNED = "planned"
    FAILED = "failed"


class Planned(Answer):
    """What became of one device, or with `dry_run` would."""

    id: UUID = Field(description="The device's.")
    name: str | None
    status: Planning
    window_id: UUID | None = Field(description="The window that was made.")
    code: str | None = Field(description="Why it failed, for programs; the same codes as those of problems.")
    detail: str | None = Field(description="Why it failed, for people.")
    next_step: str | None


class PlanResult(Answer):
    """What became of each device, in the order in which they were given, each once."""

    dry_run: bool
    items: list[Planned]


def plan(asked: Asked[NewWindows]) -> PlanResult:
    """Plan a window for each of the devices that are there."""
    given, dry = asked.given, asked.query.dry_run
    start = instant(given.start, asked.now)
    span = checked((start, ending(asked, start)))
    ids = [DeviceId(one) for one in dict.fromkeys(given.devices)]
    known = {one.id: one.name for one in registry(asked).find(asked.principal.tenant_id, ids, ())}
    writer = Maintenance(asked.session, asked.author, asked.principal.tenant_id)
    made = {} if dry else writer.plan_each(known, span, given.reason)
    return PlanResult(dry_run=dry, items=list(_told(ids, known, made)))


def _told(ids: list[DeviceId], known: dict[DeviceId, str], made: dict[DeviceId, UUID]) -> Iterator[Planned]:
    missing = problems.of(NotFound("There is no such device.", "List the tenant's devices for their ids."), "")
    for device_id in ids:
        there = device_id in known
        yield Planned(
            id=device_id,
            name=known.get(device_id),
            status=Planning.PLANNED if there else Planning.FAILED,
            window_id=made.get(device_id),
            code=None if there else missing.code,
            detail=None if there else missing.detail,
            next_step=None if there else missing.next_step,
        )


resource = Resource(
    name="maintenances",
    about="Maintenance windows of many devices at once.",
    routes=(
        Route(
            path=f"{TENANT}/maintenance/bulk",
            method="POST",
            summary="Plan a window for each of some devices",
            takes=NewWindows,
            asks=PlanQuery,
            answer=PlanResult,
            scope=Scope.DEVICES_WRITE,
            handler=plan,
        ),
    ),
)
