"""Backups that are due by a policy are asked for: on a schedule, and where a device's history has moved on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from actors.chore import Chore, Occasion
from db import configduty, configpolicies, errands
from db.configduty import Candidate
from db.configpolicies import Policies
from db.platform import platform_session
from fleet import backups
from fleet.backups import ERRAND, Reason
from fleet.errands import Errand
from fleet.identity import DeviceId
from routeros.backup import number

WHY: Final = "backups that are due"
LASTS: Final = timedelta(hours=12)
BY: Final = "the schedule"

SHARE: Final = 30
"""Of all devices this part is asked at most in one turn: the first backups of a fleet come within half an hour."""

LEAST: Final = 50
PER_SITE: Final = 20

UNSEEN: Final = timedelta(minutes=15)
"""How often a device is exported for a change whose history cannot be read."""

SILENT: Final = timedelta(days=2)
"""A history of which nothing was told for so long is not read any more: it is told of once a day."""

OVERLAP: Final = timedelta(minutes=2)
"""What a poll saw while a backup was under way may have come after the backup had looked at the history."""


def look(occasion: Occasion) -> None:
    """Ask for what is due, a part of it at a time, a few devices of each site."""
    with platform_session(occasion.stores, WHY) as session:
        policies = configpolicies.read(session)
        if not (tenants := policies.wanting):
            return
        found = configduty.candidates(session, tenants)
        wanted = chosen(found, policies, occasion.now)
        errands.quietly(session, [_errand(one, reason, occasion.now) for one, reason in wanted])


def chosen(found: Iterable[Candidate], policies: Policies, now: datetime) -> list[tuple[Candidate, Reason]]:
    """Choose whose backup is asked for now: changes first, then those that were read longest ago."""
    everyone = list(found)
    due = [(one, reason) for one in everyone if (reason := _reason(one, policies, now)) is not None]
    due.sort(key=lambda pair: (pair[1] is not Reason.CHANGE, pair[0].read_at is not None, pair[0].read_at or now))
    room = max(LEAST, len(everyone) // SHARE)
    busy: Counter[UUID | None] = Counter(one.site_id for one in everyone if one.open)
    taken: list[tuple[Candidate, Reason]] = []
    for one, reason in due:
        if len(taken) < room and busy[one.site_id] < PER_SITE:
            busy[one.site_id] += 1
            taken.append((one, reason))
    return taken


def _reason(one: Candidate, policies: Policies, now: datetime) -> Reason | None:
    if one.open:
        return None
    policy = policies.of(one.tenant_id, one.device_id)
    if policy.on_change and _moved(one, now):
        return Reason.CHANGE
    return Reason.SCHEDULE if backups.due(policy.every, one.read_at, now) else None


def _moved(one: Candidate, now: datetime) -> bool:
    """Tell whether somebody did something on a device since its configuration was read last.

    Where the history cannot be read nobody knows, and the configuration itself is looked at, more seldom.
    """
    unknown = not one.marker or one.seen is None or one.told is None or now - one.told > SILENT
    if unknown or (one.failures and one.seen != one.marker):
        return backups.due(UNSEEN, one.read_at, now)
    return one.seen != one.marker and _later(one)


def _later(one: Candidate) -> bool:
    """Tell whether the history was seen after the backup, which has looked at it, too, and may know it better."""
    if one.told is None or one.read_at is None or one.told > one.read_at:
        return True
    seen, known = number(one.seen or ""), number(one.marker or "")
    ahead = seen is not None and known is not None and seen > known
    return ahead and one.told > one.read_at - OVERLAP


def _errand(one: Candidate, reason: Reason, now: datetime) -> Errand:
    return Errand(
        tenant_id=one.tenant_id,
        device_id=DeviceId(one.device_id),
        kind=ERRAND,
        by=BY,
        at=now,
        expires_at=now + LASTS,
        detail={"reason": reason.value},
    )


chore = Chore("backups.look", timedelta(seconds=10), look)
