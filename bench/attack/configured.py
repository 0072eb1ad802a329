"""What others would have stored: versions of a configuration, a binary backup, a rollout, firmware, an alert."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update

from actors.alerter import Alerter
from actors.alerting import Shelf
from bench.attack import words
from bench.attack.house import House
from bench.attack.people import Tenant
from bus.memory import MemoryBus, received
from bus.streams import ALERTER
from db import backups, binaries, firmware, rollouts
from db.backups import Asking, Text
from db.binaries import Binary, Origin
from db.firmware import Found
from db.keyring import Keyring
from db.notifytables import alert_deliveries
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.alerts.telling import State as Told
from fleet.backups import Reason
from fleet.clock import FakeClock
from fleet.device import State
from fleet.events import DeviceStatusEvent
from fleet.identity import DeviceId, Principal, Role
from fleet.rollouts import Terms
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet, make
from fleet.strategies import everything
from fleet.versions import version
from routeros.export import normalise, parse

VERSIONS = 3
NEWEST: Final = "7.24.4"
BEFORE: Final = timedelta(hours=2)
"""How long ago it was that devices were down: the filler's windows of maintenance begin later than near that."""


def store(house: House, whose: Tenant, device: UUID, at: datetime) -> None:
    """Store versions, a minute after one another, and a binary backup of the last of them."""
    keyring, device_id = Keyring(house.vault()), DeviceId(device)
    with backups.writing(house.stores) as session:
        for number in range(VERSIONS):
            asking = Asking(
                whose.id, device_id, at - timedelta(minutes=VERSIONS - number), Reason.HAND, words.token()
            )
            backups.store(session, keyring, asking, _text())
        origin, binary = (
            Origin("7.16.2", words.token(), words.token(), ""),
            Binary(words.token().encode(), words.token()),
        )
        binaries.store(session, keyring, (whose.id, device_id, words.token(), at), origin, binary)


def catalogue(house: House, at: datetime) -> None:
    """Store a version of RouterOS that there is."""
    with platform_session(house.stores, "the catalogue of the attack") as session:
        firmware.store(session, Found(version(NEWEST), "What's new: nothing."), at)


def plan(house: House, whose: Tenant, device: UUID, at: datetime) -> None:
    """Store a rollout over a device: to be asked for one, it would have to be polled."""
    known = {"name": words.token(), "site": None, "model": "hAP", "architecture": "arm64", "version": "7.16"}
    one = Candidate(id=DeviceId(device), serial=words.token(), backup_at=at, **known)  # type: ignore[arg-type]
    terms = Terms(NEWEST, "everything", at + timedelta(days=1))
    drawn = make(Fleet([one], {}), terms, everything.strategy, lambda _: (NEWEST,), at)
    author = Author(words.token(), at)
    with tenant_session(house.stores, Principal.person(whose.id, author.by, Role.OPERATOR)) as session:
        for _ in range(VERSIONS):
            rollouts.create(session, author, whose.id, words.token(), drawn)


def alert(house: House, whose: Tenant, devices: Sequence[UUID], at: datetime) -> None:
    """Let devices be heard of, and then not, before they were in maintenance.

    What is older than the last word of a device says nothing: it must be told before anything else is stored of them.
    """
    at -= BEFORE
    story = ((at - timedelta(minutes=2), State.UP, None), (at - timedelta(minutes=1), State.DOWN, "unreachable"))
    told = [
        DeviceStatusEvent(
            tenant_id=whose.id,
            device_id=device,
            at=then,
            epoch=1,
            state=state,
            duration_seconds=0.1,
            error_code=code,
        )
        for then, state, code in story
        for device in devices
    ]
    alerter = Alerter(MemoryBus(ALERTER), Shelf(house.stores), FakeClock(at))
    asyncio.run(alerter.judge(received(*told)))


def give_up(house: House, whose: Tenant, at: datetime) -> None:
    """Let a tenant's notifications be given up, so that they may be asked for once more."""
    gone = {"state": Told.DEAD.value, "ended_at": at, "why": "It was not taken within a day."}
    with tenant_session(house.stores, Principal.person(whose.id, words.token(), Role.OPERATOR)) as session:
        session.execute(update(alert_deliveries).where(alert_deliveries.c.tenant_id == whose.id).values(gone))


def _text() -> Text:
    """Make a configuration in which a secret and a name are this tenant's alone."""
    said = f"# 2026-01-05 12:00:00 by RouterOS 7.16.2\n/system identity\nset name={words.token()}\n"
    said += f"/ppp secret\nadd name={words.token()} password={words.token()}\n"
    told = ({"action": f"secret {words.token()} added", "by": words.token(), "at": "12:00:00", "undone": False},)
    return Text(said.encode(), str(normalise(parse(said))).encode(), "7.16.2", (), "1-0", told)
