"""What the owner of a device does in a rollout before its restart: packages are brought, or taken away again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from actors.errand import Visit
from actors.fetching import Sftp, sftp
from actors.rolloutrecord import Record
from actors.supplies import Supplies
from fleet.errors import FleetError, Unavailable
from fleet.rollouts import Result, Stage, Told
from fleet.rollouts.preflight import Need, judge
from fleet.versions import version
from routeros.errors import GONE, RouterOSError
from routeros.firmware import parcel
from routeros.firmware.parcel import Parcel
from routeros.firmware.survey import Survey, survey
from routeros.push.line import Line

NO_SSH: Final = "Packages are brought by SFTP, and nobody has allowed SSH for this device: flotilla device ssh allow."


@dataclass(frozen=True, slots=True)
class Work:
    """A step on a device: its visit, its record, and where packages come from."""

    visit: Visit
    record: Record
    supplies: Supplies

    @property
    def target(self) -> str:
        return self.record.unit.target

    def now(self) -> datetime:
        return self.visit.means.clock.now()

    async def line(self) -> Line:
        """Log in; raises RouterOSError or Unavailable."""
        return Line(await self.visit.means.access.connect(self.visit.device), self.visit.may)

    async def look(self) -> Survey:
        """Look at the device by a connection of its own; raises RouterOSError or Unavailable."""
        line = await self.line()
        async with line.client:
            return await survey(line, self.now)

    async def parcels(self, seen: Survey) -> tuple[list[Parcel], Need]:
        """Find what it needs, and say what it must be and have for that."""
        member, wanted = self.record.taken.member, seen.wanted(self.target)
        found, known = await asyncio.to_thread(self.supplies.of, version(self.target), member.architecture, wanted)
        before = self.record.unit.hops[self.record.unit.hop - 1] if self.record.unit.hop else member.version
        size = sum(one.file.size for one in found)
        need = Need(member.serial, member.architecture, before, self.target, known, size)
        return found, need


async def stage(work: Work) -> Told:
    """Bring the packages; a device that does not fit is not touched."""
    try:
        line = await work.line()
        async with line.client:
            return await _staged(work, line)
    except GONE as error:
        return Told(Result.AWAY, str(error))
    except RouterOSError as error:
        untouched = work.record.unit.stage is not Stage.STAGING
        return Told(Result.REFUSED if untouched else Result.FAILED, str(error))


async def _staged(work: Work, line: Line) -> Told:
    seen = await survey(line, work.now)
    parcels, need = await work.parcels(seen)
    lacking = seen.wanted(work.target) - {one.file.package for one in parcels}
    why = [*judge(seen.meant(work.target), need), *await _barred(line, parcels, lacking - seen.found.packages)]
    if why:
        await discard(line, await work.record.files())
        return Told(Result.REFUSED, " ".join(why))
    if seen.found.version == work.target:
        await work.record.enter(Stage.STAGING)
        return Told(Result.DONE)
    carrier = await sftp(work.visit.means, work.visit.device)
    if carrier is None:
        return Told(Result.REFUSED, NO_SSH)
    await work.record.enter(Stage.STAGING, {"files": [one.file.name for one in parcels], "bytes": need.size})
    try:
        await _brought(work, line, carrier, parcels)
    except GONE:
        raise
    except RouterOSError as error:
        await discard(line, [one.file.name for one in parcels])
        return Told(Result.FAILED, str(error))
    return Told(Result.DONE)


async def discard(line: Line, names: Sequence[str]) -> None:
    """Take package files away where that can be done just now."""
    with suppress(FleetError):
        await parcel.discard(line, names)


async def _barred(line: Line, parcels: Sequence[Parcel], lacking: frozenset[str]) -> list[str]:
    """Tell what else keeps packages from being brought."""
    said = []
    if strange := parcel.foreign(list(await parcel.lying(line)), parcels):
        said.append(f"Package files lie on it that nobody meant, and would be installed too: {', '.join(strange)}.")
    if lacking:
        said.append(f"Without {', '.join(sorted(lacking))} it would have no radio, and the mirror has no such file.")
    return said


async def _brought(work: Work, line: Line, carrier: Sftp, parcels: Sequence[Parcel]) -> None:
    """Bring what does not lie there already; raises RouterOSError, or Unavailable where the device changes hands."""
    there = await parcel.lying(line)
    for one in parcels:
        if there.get(one.file.name) == one.file.size and await carrier.digest(one.file.name) == one.file.sha256:
            continue
        data = await asyncio.to_thread(one.read)
        if not work.visit.may():
            raise Unavailable("The device is about to change hands.", "Its next owner goes on.")
        await parcel.bring(carrier, one, data)


async def clean(work: Work) -> Told:
    """Take the packages away again."""
    try:
        line = await work.line()
        async with line.client:
            await parcel.discard(line, await work.record.files())
    except (RouterOSError, Unavailable) as error:
        return Told(Result.AWAY, str(error))
    return Told(Result.DONE)
