"""What happened in the fleet, in words: what people did, what devices changed, who went down or came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter

from dashboard import units
from dashboard.roster import Entry
from dashboard.theme import SIGNS
from db.inventory import DeviceRow
from db.items import ChangeRow
from fleet.device import State
from fleet.identity import DeviceId
from fleet.inventory import What
from fleet.operations import Operation, Outcome

SHOWN = 30
MANY = 4
"""So many devices that went one way in one minute are one line."""

TOLD = 3
"""Facts of a change that are told; of more, their number."""

GLYPHS = {What.ADDED: "+", What.CHANGED: "≠", What.REMOVED: "−"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, the sign before it, what, more of it, and whose page tells all."""

    at: datetime
    glyph: str
    what: str
    more: str = ""
    device_id: DeviceId | None = None
    device: str = ""
    state: State | None = None


def lines(entries: Iterable[Entry], operations: Iterable[Operation], changes: Sequence[ChangeRow]) -> list[Line]:
    """Write what happened, the newest first."""
    states = islice(_states(entries), SHOWN)
    told = [*states, *map(_operation, operations), *_changes(changes)]
    return sorted(told, key=lambda line: (line.at, line.device, line.what), reverse=True)[:SHOWN]


def _states(entries: Iterable[Entry]) -> Iterator[Line]:
    """Tell since when devices are as they are, the newest first; the states before those are not kept."""
    known = [row for row in (entry.row for entry in entries) if row.since and row.state]
    for _, together in groupby(sorted(known, key=attrgetter("since"), reverse=True), key=_minute):
        found = defaultdict(list)
        for row in together:
            found[row.state].append(row)
        for state, rows in found.items():
            if state is not None:
                yield from [_together(state, rows)] if len(rows) >= MANY else [_state(state, row) for row in rows]


def _since(row: DeviceRow) -> datetime:
    return row.since or row.created_at


def _minute(row: DeviceRow) -> datetime:
    return _since(row).replace(second=0, microsecond=0)


def _state(state: State, row: DeviceRow) -> Line:
    error = (row.error or "") if state in (State.DOWN, State.DEGRADED) else ""
    return Line(_since(row), SIGNS[state].glyph, SIGNS[state].word, error, row.id, row.name, state)


def _together(state: State, found: Sequence[DeviceRow]) -> Line:
    sites = sorted({row.site for row in found if row.site})
    where = f"at {sites[0]}" if len(sites) == 1 else f"at {len(sites)} sites" if sites else ""
    what = f"{units.plural(len(found), 'device')} {SIGNS[state].word.lower()}"
    return Line(max(map(_since, found)), SIGNS[state].glyph, what, where, state=state)


def _operation(done: Operation) -> Line:
    noun, _, verb = done.kind.replace("_", " ").partition(".")
    name = str(done.detail.get("name") or done.detail.get("email") or "")
    fields = done.detail.get("fields")
    told = ", ".join(map(str, fields)) if isinstance(fields, list) else ""
    outcome = f" · {done.error or 'failed'}" if done.outcome is Outcome.FAILED else ""
    what = f"{noun} {verb}".strip().capitalize()
    more = " · ".join(part for part in (told, f"by {done.by}") if part) + outcome
    if done.device_id is not None:
        return Line(done.at, "◇", what, more, done.device_id, name)
    return Line(done.at, "◇", f"{what} {name}".strip(), more)


def _changes(changes: Sequence[ChangeRow]) -> Iterator[Line]:
    """Tell changes; those of one kind of a device that were found together are one line."""
    for _, group in groupby(changes, key=lambda change: (change.device_id, change.kind, change.at, change.what)):
        found = list(group)
        first, kind = found[0], found[0].kind.replace("_", " ")
        more = _facts(first) if len(found) == 1 else ", ".join(change.key for change in found[:TOLD])
        over = f" and {len(found) - TOLD} more" if len(found) > TOLD else ""
        what = f"{kind} {first.what}".capitalize() if len(found) == 1 else f"{len(found)} {kind} {first.what}"
        yield Line(first.at, GLYPHS[first.what], what, more + over, first.device_id, first.device)


def _facts(change: ChangeRow) -> str:
    if change.what is not What.CHANGED:
        return change.key
    names = [name for name in {**change.before, **change.after} if change.before.get(name) != change.after.get(name)]
    told = [
        f"{name.replace('_', ' ')} {change.before.get(name, units.NOTHING)} → {change.after.get(name, units.NOTHING)}"
        for name in names[:TOLD]
    ]
    key = f"{change.key}: " if change.key else ""
    return key + ", ".join(told) + (f" and {len(names) - TOLD} more" if len(names) > TOLD else "")
