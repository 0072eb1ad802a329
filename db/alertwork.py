"""What the evaluation does in the store: deeds, each of which may come twice, and what it goes on from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import outbox
from db.alerttables import alerts as table
from db.notifytables import alert_turns as turns
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Entries, Entry, Stand
from fleet.alerts.judging import WINDOW, Phase, Track, lasts
from fleet.alerts.rule import Condition, Rule, Test
from fleet.alerts.states import Stored
from fleet.alerts.telling import What
from fleet.events import AlertEvent, AlertFiredEvent, AlertResolvedEvent, Severity
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing

_GIVEN: Final = """
    FROM json_to_recordset(CAST(:deeds AS json)) AS n (
        id uuid, at timestamptz, seen timestamptz, value float8, turns int, summary text, cause uuid
    ) WHERE a.id = n.id AND a.state IN
"""
_FACTS: Final = "seen_at = n.seen, value = n.value, turns = n.turns"
_FIRE: Final = f"""
    UPDATE alerts AS a SET state = 'firing', fired_at = n.at, cause_id = NULL, summary = n.summary, {_FACTS}
    {_GIVEN} ('pending', 'suppressed') RETURNING a.id, a.summary, true
"""  # noqa: S608 - the parts are ours
_SUPPRESS: Final = f"""
    UPDATE alerts AS a SET state = 'suppressed', cause_id = n.cause, {_FACTS}
    {_GIVEN} ('pending', 'suppressed') RETURNING a.id, a.summary, false
"""  # noqa: S608
_NOTE: Final = f"""
    UPDATE alerts AS a SET cause_id = n.cause, {_FACTS}
    {_GIVEN} ('pending', 'suppressed', 'firing') RETURNING a.id, a.summary, false
"""  # noqa: S608
_RESOLVE: Final = f"""
    UPDATE alerts AS a SET state = 'resolved', ended_at = n.at, {_FACTS}
    {_GIVEN} ('firing', 'suppressed') RETURNING a.id, a.summary, a.fired_at IS NOT NULL
"""  # noqa: S608
_DROP: Final = "DELETE FROM alerts WHERE state = 'pending' AND id = ANY(CAST(:ids AS uuid[]))"

_DOING: Final[Mapping[Act, str]] = {
    Act.NOTE: _NOTE,
    Act.SUPPRESS: _SUPPRESS,
    Act.FIRE: _FIRE,
    Act.RESOLVE: _RESOLVE,
}
_TOLD: Final[Mapping[Act, type[AlertFiredEvent | AlertResolvedEvent]]] = {
    Act.FIRE: AlertFiredEvent,
    Act.RESOLVE: AlertResolvedEvent,
}
_ORDER: Final = (Act.BEGIN, Act.NOTE, Act.SUPPRESS, Act.FIRE, Act.RESOLVE, Act.DROP)


def do(session: Session, deeds: Iterable[Deed], subject: Addressing, now: datetime) -> int:
    """Store deeds, and have told what fired and what is over; returns how many told something new.

    The session is the platform's.
    """
    told: list[AlertEvent] = []
    for some in _steps(deeds):
        for act in _ORDER:
            mine = {deed.alert_id: deed for deed in some if deed.act is act}
            if mine:
                told += _done(session, act, mine)
    outbox.put(session, told, subject, now)
    if told:
        session.execute(insert(turns).on_conflict_do_nothing(), [_turn(event) for event in told])
    return len(told)


def standing(session: Session, rules: Mapping[UUID, Rule], now: datetime) -> dict[DeviceId, Entries]:
    """Read what is open, and how often what was lately began; of a rule that is gone a shadow stands for it."""
    rows = session.execute(
        select(table).where(or_(table.c.ended_at.is_(None), table.c.ended_at > now - WINDOW)).order_by(table.c.since)
    )
    found: dict[DeviceId, Entries] = {}
    for row in rows:
        mine = found.setdefault(DeviceId(row.device_id), {})
        before = mine.get((row.rule_id, row.key))
        earlier = before.track.turns if before else ()
        every = _turns(row, earlier)
        again = every[-1] if len(every) > len(earlier) + 1 else None
        turns = tuple(turn for turn in every if now - turn < WINDOW)
        mine[row.rule_id, row.key] = _entry(row, rules.get(row.rule_id) or _shadow(row), turns, again)
    return found


def _entry(row: Any, rule: Rule, turns: tuple[datetime, ...], again: datetime | None) -> Entry:
    state, device_id = Stored(row.state), DeviceId(row.device_id)
    if state is Stored.RESOLVED:
        return Entry(device_id, row.key, rule, Track(seen=row.seen_at, turns=turns))
    phase = Phase.PENDING if state is Stored.PENDING else Phase.FIRING
    well = phase is Phase.FIRING and rule.condition.test is not Test.ABSENT and not lasts(rule, row.value)
    track = Track(phase, row.seen_at, row.since, None, again, row.value, row.rule_version, turns)
    return Entry(
        device_id,
        row.key,
        rule,
        replace(track, calm=row.seen_at) if well else track,
        {Stored.FIRING: Stand.FIRING, Stored.SUPPRESSED: Stand.SUPPRESSED}.get(state, Stand.HIDDEN),
        stored=True,
        since=row.since,
        cause=row.cause_id,
        doubted=None if row.cause_id is None else row.seen_at,
    )


def _turns(row: Any, before: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """Tell when an alert began again and again: its first time is stored, of the others only how many there were."""
    if row.state == Stored.PENDING.value:
        return before
    begun = row.fired_at or row.since
    more = row.turns - 1 - sum(row.seen_at - turn < WINDOW for turn in before)
    back = ((row.seen_at - begun) * n / more + begun for n in range(1, more + 1))
    return (*before, begun, *back)


def _shadow(row: Any) -> Rule:
    condition = Condition(test=Test.ABSENT)
    owner = TenantId(row.tenant_id)
    return Rule(id=row.rule_id, tenant_id=owner, name=row.rule, condition=condition, severity=Severity(row.severity))


def _steps(deeds: Iterable[Deed]) -> Iterator[Sequence[Deed]]:
    """Cut deeds where one alert goes back: within a step they may be done act by act."""
    some: list[Deed] = []
    reached: dict[UUID, int] = {}
    for deed in deeds:
        place = _ORDER.index(deed.act)
        if place <= reached.get(deed.alert_id, -1):
            yield some
            some, reached = [], {}
        some.append(deed)
        reached[deed.alert_id] = place
    if some:
        yield some


def _done(session: Session, act: Act, deeds: Mapping[UUID, Deed]) -> list[AlertEvent]:
    if act is Act.BEGIN:
        session.execute(insert(table).on_conflict_do_nothing(), [_row(deed) for deed in deeds.values()])
        return []
    if act is Act.DROP:
        session.execute(text(_DROP), {"ids": list(deeds)})
        return []
    given = {"deeds": json.dumps([_facts(deed) for deed in deeds.values()])}
    changed = session.execute(text(_DOING[act]), given).all()
    return [_event(deeds[its_id], summary) for its_id, summary, fired in changed if fired and act in _TOLD]


def _turn(event: AlertEvent) -> dict[str, Any]:
    """Leave word for the notifier, who decides whom to tell."""
    what = What.FIRED if isinstance(event, AlertFiredEvent) else What.RESOLVED
    when = {"at": event.at, "look_at": event.at}
    return {
        "event_id": event.event_id,
        "tenant_id": event.tenant_id,
        "alert_id": event.alert_id,
        "what": what,
        **when,
    }


def _event(deed: Deed, summary: str) -> AlertEvent:
    return _TOLD[deed.act](
        tenant_id=deed.rule.tenant_id,
        device_id=deed.device_id,
        at=deed.at,
        event_id=deed.event_id,
        alert_id=deed.alert_id,
        rule=deed.rule.name,
        severity=deed.rule.severity,
        summary=summary,
        value=deed.value,
    )


def _row(deed: Deed) -> dict[str, Any]:
    rule = deed.rule
    return {
        "id": deed.alert_id,
        "tenant_id": rule.tenant_id,
        "rule_id": rule.id,
        "rule": rule.name,
        "rule_version": rule.version,
        "severity": rule.severity.value,
        "device_id": deed.device_id,
        "device": deed.device,
        "key": deed.key.replace("\0", ""),
        "state": Stored.PENDING.value,
        "since": deed.since,
        "seen_at": deed.seen,
        "value": deed.value,
        "summary": deed.summary.replace("\0", ""),
        "turns": deed.turns,
    }


def _facts(deed: Deed) -> dict[str, Any]:
    return {
        "id": str(deed.alert_id),
        "at": deed.at.isoformat(),
        "seen": deed.seen.isoformat(),
        "value": deed.value,
        "turns": deed.turns,
        "summary": deed.summary.replace("\0", ""),
        "cause": None if deed.cause is None else str(deed.cause),
    }
