"""The errand that takes a binary backup: written by the device, read, and stored under the tenant's key."""

from __future__ import annotations

import asyncio

from actors.errand import Duty, Visit
from actors.errands.backup import Guarded
from actors.fetching import fetcher
from db import backups, binaries, keyring
from db.binaries import Binary, Origin
from db.keyring import Keyring
from fleet import logs
from fleet.control import BINARY
from fleet.errands import Ending
from routeros.backup.binary import Saved, save

log = logs.get(__name__)


async def run(visit: Visit) -> Ending:
    """Take the backup; where OpenBao is away, nothing is asked of the device at all."""
    ring = keyring.of(visit.means.vault)
    await asyncio.to_thread(_ready, visit, ring)
    fetch = await fetcher(visit.means, visit.device)
    client = await visit.means.access.connect(visit.device)
    async with client:
        saved = await save(Guarded(client, visit), fetch)
    await asyncio.to_thread(_store, visit, ring, saved)
    if saved.left:
        about = logs.about(visit.device, visit.epoch)
        log.info("a binary backup stays on a device until the next one", why=saved.left, **about)
    return Ending.done()


def _ready(visit: Visit, ring: Keyring) -> None:
    """See that the keys are at hand: what could not be encrypted afterwards is not taken."""
    with backups.writing(visit.means.stores) as session:
        ring.writing(session, visit.device.tenant_id, visit.means.clock.now())


def _store(visit: Visit, ring: Keyring, saved: Saved) -> None:
    device, found = visit.device, saved.origin
    who = device.tenant_id, device.id, visit.errand.by, visit.means.clock.now()
    told = Origin(found.version, found.model, found.mark.serial, found.mark.system_id)
    with backups.owning(visit.means.stores, device.id, visit.epoch) as session:
        binaries.store(session, ring, who, told, Binary(saved.data, saved.password))


duty = Duty(BINARY, run)
