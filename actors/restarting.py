"""The restarts of a rollout: a device is told once, waited for, and held against what it was before.

What is done is in the journal before it is done. Who takes a device over finds there when it was told to restart, and
looks at the device: it is told again only where it was seen not to have heard.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from actors import behind
from actors.upgrading import Work, discard
from fleet import logs
from fleet.errors import FleetError, Unavailable
from fleet.rollouts import Result, Stage, Told, Verdict
from fleet.rollouts.gates import Check, Picture, Usual, compare, overall, said
from fleet.rollouts.preflight import judge
from fleet.versions import version
from routeros.errors import GONE, RouterOSError, Trap
from routeros.firmware import parcel, picture
from routeros.firmware.survey import Survey, survey

log = logs.get(__name__)

HELD: Final = Told(Result.AWAY, "The rollout stands still just now, so nothing was begun.")
AGAIN: Final = "It restarted again by itself after it was upgraded."
USUAL: Final = "usual"
"""Where an errand says how busy its device usually is."""

UPTIME: Final = "uptime"
STEADILY: Final = Check(UPTIME, Verdict.PASS)
"""What is said of a device that has run on since its restart."""

GRACE: Final = timedelta(seconds=25)
"""How long a device that was told to restart may still answer as if it had heard nothing."""

STEADY: Final = timedelta(seconds=45)
"""For how long a device has to be well before that is believed: some restart again soon after a start."""

UP_SINCE: Final = "up_since"
"""What a line of the journal says of a device that is told to restart, or is back: since when it runs, for us."""

EVERY: Final = timedelta(seconds=10)
"""How often it is looked whether a device is back, and well."""


async def install(work: Work) -> Told:
    """Restart with the packages, and see that it came back as it should."""
    if work.record.unit.stage is Stage.STAGED:
        told = await _begun(work)
        if told is not None:
            return told
    seen = await _looked(work)
    if isinstance(seen, Survey) and seen.found.version == work.target:
        # It runs what it should already: whatever restarted it, it is not told again.
        return await _verified(work, seen)
    return await _restarted(work)


async def boot(work: Work) -> Told:
    """Write the boot firmware, restart, and see that it runs."""
    if work.record.unit.stage is Stage.ROUTERBOOT:
        told = await _flashed(work)
        if told is not None:
            return told
    return await _restarted(work)


async def _begun(work: Work) -> Told | None:
    """Look once more, take the picture of before, and write that it begins; tells the end where it does not."""
    try:
        line = await work.line()
        async with line.client:
            seen = await survey(line, work.now)
            parcels, need = await work.parcels(seen)
            there = await parcel.lying(line)
            shown = await picture.take(line, seen)
            if why := judge(seen.meant(work.target), replace(need, size=0)):
                await discard(line, await work.record.files())
                return Told(Result.REFUSED, " ".join(why))
    except RouterOSError as error:
        return Told(Result.AWAY, str(error))
    if seen.found.version != work.target and any(there.get(one.file.name) != one.file.size for one in parcels):
        return Told(Result.AWAY, "Its packages are not there any more; they are brought anew.")
    if not work.record.taken.terms.open(work.now()):
        return HELD
    children = await behind.reached(work.visit, work.record.taken.member.below)
    before = replace(shown.within(_usual(work)), packages=seen.wanted(work.target), children=children)
    detail = {"from": seen.found.version, "to": work.target}
    return None if await work.record.enter(Stage.INSTALLING, detail, gate=True, before=before) else HELD


def _usual(work: Work) -> Usual:
    """Read what the rollout said of the device's week; nothing, where it was not known."""
    told = work.visit.errand.detail.get(USUAL)
    return Usual.read(told) if isinstance(told, dict) else Usual()


async def _flashed(work: Work) -> Told | None:
    """Have the boot firmware written; tells the end where there is nothing to do, or nothing may begin."""
    seen = await _reached(work)
    if not isinstance(seen, Survey):
        gone = isinstance(seen, (*GONE, Unavailable))
        why = f"It was not reached any more before its boot firmware was written: {seen}"
        return Told(Result.LOST if gone else Result.FAILED, why)
    if not seen.unbooted:
        return Told(Result.DONE, verdict=work.record.unit.verdict)
    detail = {"from": seen.boot, "to": seen.boot_next}
    if not work.record.taken.terms.open(work.now()):
        return HELD
    if not await work.record.enter(Stage.ROUTERBOOT, detail, gate=True):
        return HELD
    try:
        line = await work.line()
        async with line.client:
            await line.do("/system/routerboard/upgrade")
    except GONE:
        raise
    except RouterOSError as error:
        return Told(Result.FAILED, f"Its boot firmware was not written: {error}")
    return None


async def _reached(work: Work) -> Survey | FleetError:
    """Look at a device until it answers, for as long as a restart may take."""
    clock, until = work.visit.means.clock, work.now() + work.record.taken.terms.limits.reboot
    while True:
        seen = await _looked(work)
        if isinstance(seen, Survey) or work.now() >= until:
            return seen
        await asyncio.sleep(clock.real(EVERY))


async def _restarted(work: Work) -> Told:
    """Tell a device to restart, unless it has heard already, wait until it is back, and verify it."""
    limit, clock = work.record.taken.terms.limits.reboot, work.visit.means.clock
    began, since = await _heard(work)
    # Whoever takes it over late looks for as long as anybody would.
    until, why = max(began, work.now()) + limit, "it goes on as if nothing had been said"
    while True:
        seen = await _looked(work)
        if not isinstance(seen, Survey):
            why = f"the last that was heard: {seen.message}"
        elif since is not None and seen.restarted(since):
            return await _verified(work, seen)
        elif since is None or seen.at > began + GRACE:
            try:
                told = await _say(work, seen, gate=since is None)
                if told is None:
                    return HELD
                began, since, until = told, seen.since, told + limit
            except Trap as error:
                return Told(Result.FAILED, f"It refused to restart: {error}")
            except (RouterOSError, Unavailable) as error:
                why = f"the last that was heard: {error.message}"
        if work.now() >= until:
            return _missed(since is not None, limit, why)
        await asyncio.sleep(clock.real(EVERY))


def _missed(told: bool, limit: timedelta, why: str) -> Told:
    """Tell that a device was not seen; one that was not told to restart is as it was."""
    minutes = limit.total_seconds() / 60
    if not told:
        return Told(Result.AWAY, f"It was not reached for {minutes:g} minutes to be told to restart; {why}")
    return Told(Result.LOST, f"It was told to restart and was not seen to be back within {minutes:g} minutes; {why}")


async def _heard(work: Work) -> tuple[datetime, datetime | None]:
    """Tell when the device was told to restart and since when it ran then; None where it was not told yet."""
    if work.record.unit.stage in (Stage.REBOOTING, Stage.VERIFYING):
        told = await work.record.begun(Stage.REBOOTING)
        if told is not None:
            at, detail = told
            return at, datetime.fromisoformat(str(detail[UP_SINCE]))
    return work.record.unit.since or work.now(), None


async def _say(work: Work, seen: Survey, *, gate: bool) -> datetime | None:
    """Write that it is told, and tell it by a fresh connection; tells when, None where the gate is shut.

    Raises Trap where the device refuses; then its package files are taken away again.
    """
    down = version(work.target) < version(seen.found.version)
    line = await work.line()
    async with line.client:
        if not await work.record.enter(Stage.REBOOTING, {UP_SINCE: seen.since.isoformat()}, gate=gate):
            return None
        at = work.record.unit.since or work.now()
        try:
            await line.do("/system/package/downgrade" if down else "/system/reboot")
        except Trap:
            await discard(line, await work.record.files())
            raise
        except RouterOSError as error:
            # That the connection ends, in whatever way, is the answer of most: it may have heard.
            log.debug("a device was told to restart", said=str(error))
        return at


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at a device that is back found."""

    survey: Survey
    picture: Picture
    why: str


async def _verified(work: Work, first: Survey) -> Told:
    """Hold a device against what it was before, until it is well or for as long as it may take to settle."""
    since = await _back(work, first)
    clock, until = work.visit.means.clock, work.now() + work.record.taken.terms.limits.settle
    while True:
        seen = await _pictured(work)
        if isinstance(seen, _Seen):
            if seen.survey.restarted(since):
                return Told(Result.FAILED, AGAIN, Verdict.FAIL, gates={UPTIME: "fail"})
            told = _judged(work, seen)
            steady = told.verdict is Verdict.PASS and seen.survey.at >= first.at + STEADY
            if steady or seen.picture.version != work.target:
                return told
        else:
            told = Told(Result.LOST, f"It came back and was not reached any more: {seen.message}")
        if work.now() >= until:
            return told
        await asyncio.sleep(clock.real(EVERY))


async def _back(work: Work, first: Survey) -> datetime:
    """Write that a device is back, and tell since when; who takes it over finds in the journal what was seen."""
    taken_over = work.record.unit.stage is Stage.VERIFYING
    told = await work.record.begun(Stage.VERIFYING) if taken_over else None
    if told is not None and UP_SINCE in told[1]:
        return datetime.fromisoformat(str(told[1][UP_SINCE]))
    await work.record.enter(Stage.VERIFYING, {"version": first.found.version, UP_SINCE: first.since.isoformat()})
    return first.since


def _judged(work: Work, seen: _Seen) -> Told:
    before = work.record.before
    if before is None:
        raise ValueError("a device that was restarted has a picture of before")
    if seen.picture.version != work.target:
        why = seen.why or "its log says nothing of it"
        return Told(Result.FAILED, f"It came back with {seen.picture.version}: {why}.", Verdict.FAIL)
    checks = [*compare(before, seen.picture, work.target, before.packages), *_booted(work, seen.survey)]
    verdict, told = overall(checks), {check.gate: check.verdict.value for check in (*checks, STEADILY)}
    if verdict is Verdict.FAIL:
        return Told(Result.FAILED, said(checks), verdict, gates=told)
    due = work.record.taken.terms.boot and seen.survey.unbooted and work.record.step != "boot"
    return Told(Result.DONE, said(checks) or None, verdict, due, told)


def _booted(work: Work, seen: Survey) -> list[Check]:
    """See after its own restart that the boot firmware runs."""
    if work.record.step != "boot" or not seen.unbooted:
        return []
    why = f"Its boot firmware is {seen.boot} still, and {seen.boot_next} was written."
    return [Check("routerboot", Verdict.FAIL, why)]


async def _looked(work: Work) -> Survey | FleetError:
    try:
        return await work.look()
    except (RouterOSError, Unavailable) as error:
        return error


async def _pictured(work: Work) -> _Seen | FleetError:
    try:
        line = await work.line()
        async with line.client:
            seen = await survey(line, work.now)
            shown = await picture.take(line, seen)
            why = await picture.why(line)
        children = await behind.reached(work.visit, work.record.taken.member.below)
        return _Seen(seen, replace(shown, children=children), why)
    except (RouterOSError, Unavailable) as error:
        return error
