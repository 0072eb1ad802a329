"""Messages that are due: claimed for a while, read with all that they tell, and settled by how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import cast, delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from db import operations
from db.notifytables import alert_channels as channels
from db.notifytables import alert_deliveries as table
from db.notifytables import alert_notices as notices
from db.operations import Author
from db.tables import tenants
from fleet.alerts.telling import State, What
from fleet.identity import TenantId

BY: Final = "notifier"
DEAD_AFTER: Final = timedelta(days=1)
FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(minutes=30)
"""Back-off doubles from the first to the longest."""

_CUT: Final = json.dumps({"sent": False, "code": None, "said": "It was cut off; whether it arrived is not known."})
_CLAIM: Final = """
    WITH ripe AS (
        SELECT w.id, w.tenant_id, w.channel_id,
            row_number() OVER (PARTITION BY w.tenant_id ORDER BY w.next_at, w.id) AS place,
            row_number() OVER (PARTITION BY w.channel_id ORDER BY w.next_at, w.id) AS seat
        FROM alert_deliveries AS w
        WHERE w.state = 'waiting' AND w.next_at <= :now AND (w.claimed_until IS NULL OR w.claimed_until <= :now)
        AND NOT EXISTS (
            SELECT FROM alert_notices AS n
            JOIN alert_notices AS b ON b.alert_id = n.alert_id AND b.channel_id = n.channel_id AND b.person = n.person
            JOIN alert_deliveries AS e ON e.id = b.delivery_id
            WHERE n.delivery_id = w.id AND n.what = 'resolved' AND b.what <> 'resolved' AND b.delivery_id <> w.id
            AND e.state = 'waiting'
        )
    ), busy AS (
        SELECT tenant_id, channel_id, count(*) AS held FROM alert_deliveries
        WHERE state = 'waiting' AND claimed_until > :now GROUP BY tenant_id, channel_id
    ), due AS (
        SELECT d.id FROM alert_deliveries AS d JOIN ripe AS r ON r.id = d.id
        WHERE d.state = 'waiting' AND d.next_at <= :now AND (d.claimed_until IS NULL OR d.claimed_until <= :now)
        AND r.place + coalesce((SELECT sum(b.held) FROM busy AS b WHERE b.tenant_id = d.tenant_id), 0) <= :each
        AND r.seat + coalesce((SELECT sum(b.held) FROM busy AS b WHERE b.channel_id = d.channel_id), 0) <= :channel
        ORDER BY d.next_at, d.id LIMIT :most FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE alert_deliveries AS d SET epoch = d.epoch + 1, claimed_until = :until,
        attempts = CASE WHEN d.claimed_until IS NULL THEN d.attempts
            ELSE d.attempts || (jsonb_build_object('at', d.claimed_until) || CAST(:cut AS jsonb)) END
    FROM due WHERE due.id = d.id
    RETURNING d.id, d.tenant_id, d.channel_id, d.person, d.what, d.due_at, d.epoch, jsonb_array_length(d.attempts)
"""
"""A tenant or a channel whose receiver hangs keeps no others waiting. What is over is told after what began."""

EACH: Final = 6
CHANNEL: Final = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is this notifier's to send, for a while; ``epoch`` shows whether it still is."""

    id: UUID
    tenant_id: TenantId
    channel_id: UUID
    person: str
    what: What
    due_at: datetime
    epoch: int
    tries: int


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as it is stored: ``url`` and ``secret`` are ciphertext."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    url: str | None
    secret: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended: taken or not, the receiver's code and words, and whether it wants no more at all."""

    at: datetime
    sent: bool
    code: int | None
    said: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages are due, since when the oldest waits for its first attempt, and how many died in a day."""

    due: int
    untried: datetime | None
    dead: int


def claim(session: Session, now: datetime, until: datetime, most: int) -> list[Claim]:
    """Take up to so many messages that are due; the session is the platform's."""
    given = {"now": now, "until": until, "most": most, "cut": _CUT, "each": EACH, "channel": CHANNEL}
    rows = session.execute(text(_CLAIM), given).all()
    return [
        Claim(its_id, TenantId(tenant_id), channel_id, person, What(what), due, epoch, tries)
        for its_id, tenant_id, channel_id, person, what, due, epoch, tries in rows
    ]


def way(session: Session, claim: Claim) -> Way | None:
    """Read the channel of a message; None where it is no more."""
    named = [channels.c[name] for name in Way.__slots__]
    mine = (channels.c.tenant_id == claim.tenant_id, channels.c.id == claim.channel_id)
    row = session.execute(select(*named).where(*mine)).one_or_none()
    return None if row is None else Way(*row)


def house(session: Session, tenant_id: TenantId) -> tuple[str, str]:
    """Read the slug and the name of a tenant."""
    slug, name = session.execute(select(tenants.c.slug, tenants.c.name).where(tenants.c.id == tenant_id)).one()
    return str(slug), str(name)


def drop(session: Session, claim: Claim, told: Sequence[tuple[UUID, What]]) -> None:
    """Forget of a message what nobody needs to be told any more."""
    if told:
        place = tuple_(notices.c.alert_id, notices.c.what)
        session.execute(delete(notices).where(notices.c.delivery_id == claim.id, place.in_(told)))


def settle(session: Session, claim: Claim, attempt: Attempt) -> bool:
    """Note an attempt, and what follows from it; False where the claim ran out and another has it since.

    What was not taken is tried again, later and later, and given up a day after it was due.
    """
    told = {"at": attempt.at.isoformat(), "sent": attempt.sent, "code": attempt.code, "said": attempt.said}
    facts: dict[str, Any] = {"attempts": table.c.attempts.op("||")(cast([told], JSONB))}
    if attempt.sent:
        facts |= _ended(State.SENT, attempt.at, None)
    elif attempt.gone:
        facts |= _ended(State.DEAD, attempt.at, "Its receiver wants no more.")
        _switch_off(session, claim, attempt)
    elif attempt.at - claim.due_at >= DEAD_AFTER:
        facts |= _ended(State.DEAD, attempt.at, "It was not taken within a day.")
    else:
        facts |= {"next_at": attempt.at + pause(claim.tries)}
    return _write(session, claim, facts)


def end(session: Session, claim: Claim, state: State, at: datetime, why: str) -> bool:
    """End a message without an attempt; False where the claim ran out and another has it since."""
    return _write(session, claim, _ended(state, at, why))


def pause(tries: int) -> timedelta:
    """Tell how long to wait after so many attempts before the one that failed."""
    doubled: int = 2 ** min(tries, 20)
    return min(FIRST * doubled, LONGEST)


def backlog(session: Session, now: datetime) -> Backlog:
    """Count what is due, and what was given up in the last day."""
    row = session.execute(
        text(
            """SELECT count(*) FILTER (WHERE state = 'waiting' AND next_at <= :now),
                min(next_at) FILTER (WHERE state = 'waiting' AND next_at <= :now AND claimed_until IS NULL),
                count(*) FILTER (WHERE state = 'dead' AND ended_at > :before)
            FROM alert_deliveries WHERE state = 'waiting' OR ended_at > :before"""
        ),
        {"now": now, "before": now - timedelta(days=1)},
    ).one()
    return Backlog(int(row[0]), row[1], int(row[2]))


def _ended(state: State, at: datetime, why: str | None) -> dict[str, Any]:
    return {"state": state.value, "ended_at": at, "why": why}


def _write(session: Session, claim: Claim, facts: Mapping[str, Any]) -> bool:
    mine = (table.c.id == claim.id, table.c.epoch == claim.epoch, table.c.state == State.WAITING.value)
    done = update(table).where(*mine).values(claimed_until=None, **facts).returning(table.c.id)
    return session.execute(done).one_or_none() is not None


def _switch_off(session: Session, claim: Claim, attempt: Attempt) -> None:
    """Switch a channel off whose receiver says that it is gone for good, with a record of it."""
    why = f"Its receiver answered {attempt.code} at {attempt.at:%Y-%m-%d %H:%M} UTC: it wants no more."
    mine = (channels.c.tenant_id == claim.tenant_id, channels.c.id == claim.channel_id, channels.c.enabled)
    off = update(channels).where(*mine).values(enabled=False, off_because=why).returning(channels.c.name)
    name = session.execute(off).scalar_one_or_none()
    if name is not None:
        detail = {"name": name, "fields": ["enabled"], "channel_id": str(claim.channel_id), "why": why}
        author = Author(BY, attempt.at)
        operations.record(session, author.did("alert_channel.switched_off", claim.tenant_id, detail))
