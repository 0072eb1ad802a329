"""Take a device's configuration: read it, judge it, store it as a version, and tell where it is another one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from actors.errand import Duty, Visit
from actors.fetching import fetcher
from db import backups, keyring
from db.backups import Asking, Last, Stored, Text
from db.keyring import Keyring
from fleet import logs
from fleet.backups import ERRAND, Finding, Reason
from fleet.errands import Ending
from fleet.errors import FleetError, Unavailable
from fleet.events import ConfigChangedEvent
from routeros.backup import Before, Entry, History, Taken, believed, judge, menus, number, take
from routeros.client import Client
from routeros.errors import GONE, Fatal, RouterOSError
from routeros.exchange import Reply
from routeros.export import Document, normalise, parse
from routeros.words import Command

AGAIN: Final = timedelta(minutes=1)
MOST_NAMED: Final = 8
LONGEST: Final = 64
"""Letters of a version that are kept."""

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A connection on which nothing is sent once the device is another's to work on."""

    client: Client
    visit: Visit

    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]:
        """Send commands in the same step in which the right to it was looked at."""
        if not self.visit.may():
            raise Unavailable("The device's owner changes.", "The next owner takes the backup.")
        return await self.client.calls(commands, timeout=timeout)


@dataclass(frozen=True, slots=True)
class Read:
    """A configuration as it was read, its text taken apart, and why it is not whole, if it is not."""

    taken: Taken
    document: Document
    why: tuple[str, ...]


async def run(visit: Visit) -> Ending:
    """Take the backup that was asked for. What cannot be had just now (a device, OpenBao) is tried again later."""
    ring = keyring.of(visit.means.vault)
    # Before the device is asked: what could not be encrypted afterwards is not read at all.
    last = await asyncio.to_thread(_ready, visit, ring)
    try:
        read = await _read(visit, last)
    except GONE:
        raise
    except Fatal as error:
        # What a device does that is just restarting: it ends its sessions.
        return Ending.later(AGAIN, error)
    except RouterOSError as error:
        await asyncio.to_thread(_failed, visit, error)
        raise
    stored = await asyncio.to_thread(_store, visit, ring, read, last)
    if read.taken.left:
        log.info("an export stays on a device until the next one", why=read.taken.left, **_about(visit))
    if stored.finding is Finding.INCOMPLETE:
        return Ending.failed(f"The configuration is not whole: {' '.join(read.why)} It was kept aside.")
    if stored.finding is Finding.NEW:
        visit.means.outlet.publish(_changed(visit, stored, read.taken.history, last))
    return Ending.done()


async def _read(visit: Visit, last: Last | None) -> Read:
    """Take an export; one whose end seems to be missing is taken once more before it is believed."""
    fetch = await fetcher(visit.means, visit.device)
    before = None if last is None else Before(last.menus, last.ros_version, last.marker)
    client = await visit.means.access.connect(visit.device)
    async with client:
        talk = Guarded(client, visit)
        taken = await take(talk, fetch)
        document = parse(taken.text)
        verdict = judge(document, before)
        if verdict.missing and before is not None:
            again = await take(talk, fetch)
            second = parse(again.text)
            if str(normalise(second)) == str(normalise(document)):
                verdict = believed(verdict, before, again.history.marker)
            else:
                verdict = judge(second, before)
            taken, document = again, second
    return Read(taken, document, verdict.why)


def _ready(visit: Visit, ring: Keyring) -> Last | None:
    """See that the keys are at hand; tells the last version."""
    with backups.writing(visit.means.stores) as session:
        ring.writing(session, visit.device.tenant_id, visit.means.clock.now())
        return backups.last(session, visit.device.tenant_id, visit.device.id)


def _store(visit: Visit, ring: Keyring, read: Read, last: Last | None) -> Stored:
    asking, text = _asking(visit), _text(read, last)
    with backups.owning(visit.means.stores, visit.device.id, visit.epoch) as session:
        if read.why:
            return backups.aside(session, ring, asking, text, " ".join(read.why))
        return backups.store(session, ring, asking, text)


def _failed(visit: Visit, error: FleetError) -> None:
    with backups.owning(visit.means.stores, visit.device.id, visit.epoch) as session:
        backups.fail(session, _asking(visit), error.code, str(error))


def _asking(visit: Visit) -> Asking:
    errand = visit.errand
    reason = Reason(str(errand.detail.get("reason", Reason.HAND)))
    return Asking(errand.tenant_id, errand.device_id, visit.means.clock.now(), reason, errand.by)


def _text(read: Read, last: Last | None) -> Text:
    normal = str(normalise(read.document)).encode("utf-8", "surrogateescape")
    history = read.taken.history
    since = history.since(number(last.marker) if last is not None else None)
    told = tuple({"action": e.action, "by": e.by, "at": e.at, "undone": e.undone} for e in since)
    version = read.document.header.version.encode("utf-8", "replace").decode()[:LONGEST]
    return Text(read.taken.data, normal, version, menus(read.document), history.marker, told)


def _changed(visit: Visit, stored: Stored, history: History, last: Last | None) -> ConfigChangedEvent:
    if stored.version_id is None or stored.number is None:
        raise ValueError("a new version has an id and a number")
    since: tuple[Entry, ...] = () if last is None else history.since(number(last.marker))
    return ConfigChangedEvent(
        tenant_id=visit.device.tenant_id,
        device_id=visit.device.id,
        at=visit.means.clock.now(),
        epoch=visit.epoch,
        request_id=visit.errand.request_id,
        version_id=stored.version_id,
        number=stored.number,
        reason=_asking(visit).reason.value,
        by=tuple(dict.fromkeys(entry.by for entry in since if entry.by))[:MOST_NAMED],
    )


def _about(visit: Visit) -> dict[str, str]:
    return logs.about(visit.device, visit.epoch)


duty = Duty(ERRAND, run)
