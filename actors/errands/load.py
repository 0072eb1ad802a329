"""The errand that loads a binary backup: into the device that it was taken of, with the version that it had."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from actors.errand import Duty, Visit
from actors.fetching import sftp
from actors.returning import back
from db import backups, binaries, keyring
from db.binaries import Binary, Kept
from fleet.control import LOAD, expected, which
from fleet.errands import Ending
from fleet.errors import Unavailable
from routeros.backup import files
from routeros.backup.binary import FILE, origin
from routeros.client import Client
from routeros.control.look import look
from routeros.errors import Fatal, RouterOSError, TimedOut, Unreachable
from routeros.restore import Mark, Origin, loadable
from routeros.words import Command

PATIENCE = timedelta(seconds=30)


async def run(visit: Visit) -> Ending:
    """Load the backup; whoever takes this over looks first whether the device was started anew since it was asked."""
    kept, binary = await asyncio.to_thread(_opened, visit)
    client = await visit.means.access.connect(visit.device)
    async with client:
        seen = await look(client, visit.means.clock.now())
        if visit.resumed and seen.started_after(visit.errand.at):
            return Ending.failed(
                "The device was started anew since this was asked for, and whether the backup was loaded is not "
                "known. Compare its configuration, then ask anew."
            )
        if seen.identity != expected(visit.errand):
            return Ending.failed(f"The device calls itself {seen.identity!r} by now. Nothing was done.")
        loadable(_origin(kept), await origin(client))
        if refused := await _brought(visit, binary):
            return refused
        await _load(visit, client, binary.password)
    ending = await back(visit, seen)
    await _tidy(visit)
    return ending


def _opened(visit: Visit) -> tuple[Kept, Binary]:
    with backups.writing(visit.means.stores) as session:
        return binaries.opened(session, keyring.of(visit.means.vault), visit.device.tenant_id, which(visit.errand))


def _origin(kept: Kept) -> Origin:
    told = kept.origin
    return Origin(Mark(told.serial, told.system_id), told.model, told.ros_version)


async def _brought(visit: Visit, binary: Binary) -> Ending | None:
    """Bring the file to the device; the API takes no such file, so SSH must have been allowed."""
    there = await sftp(visit.means, visit.device)
    if there is None:
        return Ending.failed(
            "A binary backup is brought to the device by SFTP, and nobody has allowed SSH for it. "
            "Allow it, or restore a stored configuration."
        )
    if not visit.may():
        raise Unavailable("The device is about to change hands.", "Its next owner goes on.")
    await there.put(FILE, binary.data)
    return None


async def _load(visit: Visit, client: Client, password: str) -> None:
    """Say the word; that the connection ends is the answer of many. Raises Trap where the device refuses."""
    if not visit.may():
        raise Unavailable("The device is about to change hands.", "Its next owner goes on.")
    try:
        load = Command("/system/backup/load", attributes={"name": FILE, "password": password})
        await client.call(load, timeout=PATIENCE)
    except (Unreachable, Fatal, TimedOut):
        return


async def _tidy(visit: Visit) -> None:
    """Remove the file where it outlived the restart; nobody can open it without its password."""
    with suppress(RouterOSError, Unavailable):
        async with await visit.means.access.connect(visit.device) as client:
            await files.remove(client, FILE)


duty = Duty(LOAD, run)
