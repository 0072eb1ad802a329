"""How the command line asks devices: by their owners, with the record of it, and how it waits for a deed's end."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from bus import asking, subjects
from bus.asking import Hear
from bus.connection import Bus
from cluster import terminal
from cluster.console import Console, device, myself
from db import audit, errands, operations, toolsettings
from db.accounts import TenantRow
from db.inventory import DeviceRow
from fleet.audit import Act
from fleet.errands import Errand
from fleet.errors import Conflict, Unavailable
from fleet.operations import Operation, Outcome
from fleet.questions import LONGEST, Question, Reply
from routeros import inquiry
from routeros.inquiry import Wish
from routeros.queries import Key, where

"""Seconds between two looks whether a deed has ended."""


def ask(here: Console, which: tuple[TenantRow, str], wish: Wish, rows: int = 200, hear: Hear | None = None) -> Reply:
    """Ask a device (a tenant and the device's name or id), once the record of it is written.

    ``hear`` is told of the rows as they come. Raises what the API refuses as well.
    """
    return asyncio.run(_asked(here, question(here, which, wish, rows)[1], hear))


def question(here: Console, which: tuple[TenantRow, str], wish: Wish, rows: int = 200) -> tuple[DeviceRow, Question]:
    """Write the record of a question, and give it with the device, to be asked once or often."""
    one, name = which
    with here.entered(one) as session:
        row = device(session, name)
        wanted = inquiry.asks(wish, toolsettings.read(session).extras)
        audit.note(session, one.id, _act(here, row, wanted.command))
    return row, Question(
        tenant_id=one.id,
        device_id=row.id,
        command=wanted.command,
        attributes=dict(wanted.attributes),
        properties=wish.properties,
        queries=where(*(Key(name) == value for name, value in wish.where.items())),
        rows=rows,
        seconds=LONGEST,
        keep=wanted.keep,
    )


def again(here: Console, asked: Question) -> Reply:
    """Ask what was recorded already; raises as ``ask`` does."""
    return asyncio.run(_asked(here, asked, None))


def begin(here: Console, one: TenantRow, errand: Errand) -> None:
    """Have a device's owner do something; raises Conflict where the same is under way."""
    with here.entered(one) as session:
        if errands.open_of(session, errand.kind, [errand.device_id]):
            raise Conflict("The same is under way with this device already.", "Wait for it, or look at its history.")
        errands.ask(session, [errand], subjects.of)


def wait(here: Console, one: TenantRow, operation_id: UUID, patience: timedelta) -> Operation:
    """Wait for the end of an operation, telling of it; gives what there is once patience is at an end."""
    began = time.monotonic()

    def look() -> tuple[Operation, float]:
        with here.entered(one) as session:
            return operations.one(session, operation_id), time.monotonic() - began

    found, _ = terminal.watch(
        look,
        lambda seen: seen[0].outcome is not Outcome.PENDING or seen[1] > patience.total_seconds(),
        lambda seen: f"{seen[0].kind}: {seen[1]:.0f} s",
    )
    return found


async def _asked(here: Console, asked: Question, hear: Hear | None) -> Reply:
    if not here.settings.nats_url:
        raise Unavailable("No device can be asked from here: NATS is not known.", "Run it where Flotilla runs.")
    async with Bus(here.settings.nats_url, name="command line", token=here.settings.nats_token) as bus:
        return await asking.whole(bus, asked, hear)


def _act(here: Console, row: DeviceRow, command: str) -> Act:
    at, about = here.settings.clock().now(), str(row.id)
    return Act(who=myself(), at=at, action="tools.ask", object_type="device", object_id=about, detail=command)
