"""States of devices over time: a row for each change, written with the status that tells of it; and how to read them.

A status that comes twice, or later than a newer one, changes nothing and leaves no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ranges import Range
from db.statetables import device_states as table
from fleet.device import State
from fleet.identity import DeviceId

TELL: Final = """
    WITH told AS (
    UPDATE device_state AS d SET
        state = n.state,
        since = CASE WHEN d.state IS DISTINCT FROM n.state THEN n.since ELSE d.since END,
        heard_at = n.at, attempt = n.attempt, breaker = n.breaker, next_attempt = n.next_attempt,
        error_code = n.error_code, error = n.error, duration_seconds = n.duration_seconds,
        identity = coalesce(n.identity, d.identity), version = coalesce(n.version, d.version),
        model = coalesce(n.model, d.model), serial = coalesce(n.serial, d.serial),
        uptime_seconds = coalesce(n.uptime_seconds, d.uptime_seconds)
    FROM (
        SELECT n.*, k.state AS was FROM json_to_recordset(%s::json) AS n (
            tenant_id uuid, device_id uuid, at timestamptz, since timestamptz, state text, attempt int, breaker text,
            next_attempt timestamptz, error_code text, error text, duration_seconds float8, identity text,
            version text, model text, serial text, uptime_seconds float8
        )
        JOIN device_state AS k ON k.tenant_id = n.tenant_id AND k.device_id = n.device_id
        ORDER BY k.device_id FOR NO KEY UPDATE OF k
    ) AS n
    WHERE d.tenant_id = n.tenant_id AND d.device_id = n.device_id AND (d.heard_at IS NULL OR d.heard_at < n.at)
    RETURNING n.tenant_id, n.device_id, n.since, n.was, n.state, n.error_code, n.error
    )
    INSERT INTO device_states (tenant_id, device_id, at, state, error_code, error)
    SELECT tenant_id, device_id, since, state, error_code, error FROM told WHERE was IS DISTINCT FROM state
    ON CONFLICT DO NOTHING
"""
"""Set the newest status of each device, and note a state that is another than before.

Rows are locked in the order of the devices' ids, so that writers with the same devices do not lock each other.
"""

TURNS: Final = """
    INSERT INTO device_states (tenant_id, device_id, at, state, error_code, error)
    SELECT tenant_id, device_id, at, state, error_code, error FROM (
        SELECT n.*, lag(n.state, 1, k.state) OVER (PARTITION BY n.device_id ORDER BY n.at) AS was
        FROM json_to_recordset(%s::json) AS n (
            tenant_id uuid, device_id uuid, at timestamptz, state text, error_code text, error text
        )
        JOIN device_state AS k ON k.tenant_id = n.tenant_id AND k.device_id = n.device_id
        WHERE k.heard_at IS NULL OR k.heard_at < n.at
    ) AS told
    WHERE was IS DISTINCT FROM state
    ON CONFLICT DO NOTHING
"""
"""Note the states that devices had within one batch, before their newest status is set."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a device was in one state; ``until`` is None for the state that it is in.

    ``error`` is what was said first of a state that is not well.
    """

    state: State
    at: datetime
    until: datetime | None
    error_code: str | None = None
    error: str | None = None


def spells(session: Session, device_id: DeviceId, spanned: Range, most: int) -> list[Spell]:
    """Read the states of a device within a range in the order of time, the one in which the range begins too.

    Of more than ``most`` these are the newest.
    """
    mine = select(table).where(table.c.device_id == device_id)
    before = mine.where(table.c.at < spanned.start).order_by(table.c.at.desc()).limit(1)
    within = mine.where(table.c.at >= spanned.start, table.c.at < spanned.end).order_by(table.c.at.desc())
    newest = [*session.execute(within.limit(most + 1)), *session.execute(before)][: most + 1]
    after = session.scalar(
        select(table.c.at).where(table.c.device_id == device_id, table.c.at >= spanned.end).order_by(table.c.at)
        .limit(1)
    )  # fmt: skip
    ends: Sequence[datetime | None] = [after, *(row.at for row in newest)]
    found = [
        Spell(State(row.state), row.at, until, row.error_code, row.error)
        for row, until in zip(newest, ends, strict=False)
    ]
    return found[most - 1 :: -1] if len(found) > most else found[::-1]
