"""The inventory of a batch into its tables, in the batch's own transaction.

The rows of ``inventory_readings`` are locked in the order of device and kind, so that two writers with events of one
device wait for each other and do not lock each other. What is older than what is known changes nothing, which makes
an event that comes twice harmless.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import psycopg

from db import stock
from db.stock import Before, Outcome, Place, Reading
from fleet.inventory import Facts, Known

_Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]

_BEGIN = """
    INSERT INTO inventory_readings (device_id, kind, tenant_id, told, kept)
    SELECT n.device_id, n.kind, n.tenant_id, 0, 0
    FROM json_to_recordset(%s::json) AS n (tenant_id uuid, device_id uuid, kind text)
    JOIN device_state AS k ON k.tenant_id = n.tenant_id AND k.device_id = n.device_id
    ORDER BY n.device_id, n.kind FOR KEY SHARE OF k
    ON CONFLICT DO NOTHING
"""
"""A device that was removed meanwhile has no state any more, and so no row here and in what follows."""

_THESE = "(device_id, kind) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))"
_LOCK = f"""
    SELECT device_id, kind, at, mark, told > kept FROM inventory_readings
    WHERE {_THESE} ORDER BY device_id, kind FOR UPDATE
"""  # noqa: S608 - a constant of ours
_CURRENT = f"SELECT device_id, kind, key, facts FROM inventory WHERE {_THESE} AND gone_at IS NULL"  # noqa: S608

_WHOSE = "tenant_id uuid, device_id uuid, kind text, at timestamptz"
_PUT = f"""
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)
    SELECT n.device_id, n.kind, n.key, n.tenant_id, n.facts, n.at
    FROM json_to_recordset(%s::json) AS n ({_WHOSE}, key text, facts jsonb)
    ON CONFLICT (device_id, kind, key)
    DO UPDATE SET facts = excluded.facts, last_seen = NULL, gone_at = NULL
"""  # noqa: S608
_GONE = f"""
    UPDATE inventory AS i SET gone_at = n.at, last_seen = n.last_seen
    FROM json_to_recordset(%s::json) AS n ({_WHOSE}, key text, last_seen timestamptz)
    WHERE i.device_id = n.device_id AND i.kind = n.kind AND i.key = n.key
"""  # noqa: S608
_LOG = f"""
    INSERT INTO inventory_changes (id, device_id, tenant_id, kind, key, at, what, before, after)
    SELECT gen_random_uuid(), n.device_id, n.tenant_id, n.kind, n.key, n.at, n.what, n.before, n.after
    FROM json_to_recordset(%s::json) AS n ({_WHOSE}, key text, what text, before jsonb, after jsonb)
"""  # noqa: S608
_HEARD = f"""
    UPDATE inventory_readings AS r SET at = n.at, told = n.told, kept = n.kept, mark = decode(n.mark, 'hex')
    FROM json_to_recordset(%s::json) AS n ({_WHOSE}, told int, kept int, mark text)
    WHERE r.device_id = n.device_id AND r.kind = n.kind
"""  # noqa: S608


async def store(connection: _Connection, rounds: Sequence[Sequence[Reading]]) -> None:
    """Store readings, round by round, within a transaction."""
    for readings in rounds:
        held = await _hold(connection, readings)
        newer = [reading for reading in readings if reading.place in held and held[reading.place].is_before(reading)]
        facts = await _facts(connection, [r for r in newer if held[r.place].differs(r)])
        await _write(connection, [stock.judge(r, held[r.place].before(facts.get(r.place, {}))) for r in newer])


@dataclass(frozen=True, slots=True)
class _Held:
    """When a place was last told of (None: never), under which mark, and whether there was more than is kept."""

    at: datetime | None
    mark: bytes
    cut: bool

    def is_before(self, reading: Reading) -> bool:
        return self.at is None or self.at < reading.at

    def differs(self, reading: Reading) -> bool:
        return self.at is not None and self.mark != reading.mark

    def before(self, facts: Mapping[str, Facts]) -> Before | None:
        return None if self.at is None else Before(self.at, self.mark, Known(facts, self.cut))


async def _hold(connection: _Connection, readings: Sequence[Reading]) -> dict[Place, _Held]:
    """Lock the places of readings; one whose device is gone is not among them."""
    begun = [{"tenant_id": r.tenant_id, "device_id": r.device_id, "kind": r.kind} for r in readings]
    await connection.execute(_BEGIN, (_json(begun),))
    found = await connection.execute(_LOCK, _places(readings))
    return {(device, kind): _Held(at, mark, cut) for device, kind, at, mark, cut in await found.fetchall()}


async def _facts(connection: _Connection, readings: Sequence[Reading]) -> dict[Place, dict[str, Facts]]:
    found: dict[Place, dict[str, Facts]] = defaultdict(dict)
    if not readings:
        return found
    for device, kind, key, facts in await (await connection.execute(_CURRENT, _places(readings))).fetchall():
        found[device, kind][key] = facts
    return found


async def _write(connection: _Connection, outcomes: Sequence[Outcome]) -> None:
    laid_out = ((_PUT, stock.put), (_GONE, stock.gone), (_LOG, stock.log), (_HEARD, stock.heard))
    for statement, lay in laid_out:
        if rows := lay(outcomes):
            await connection.execute(statement, (_json(rows),))


def _places(readings: Sequence[Reading]) -> tuple[list[UUID], list[str]]:
    return [reading.device_id for reading in readings], [reading.kind for reading in readings]


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
