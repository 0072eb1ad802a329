"""What a rule would have raised in the last days: the past as it is stored, judged as what devices tell is judged.

It is read some devices at a time, and no longer than a budget allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from db import alertabsence, alertground, alertrules, alertseries, alertspells, holdings, planned
from db.alertseries import Asked
from db.holdings import Subject
from db.ranges import Range
from db.rows import make_room
from fleet.alerts import replay
from fleet.alerts.ground import Facts, Ground
from fleet.alerts.replay import Firing
from fleet.alerts.rule import MEASURED, Rule, Test
from fleet.errors import BadInput
from fleet.families import Family, find
from fleet.identity import DeviceId

LONGEST: Final = 31
"""Days that may be asked for."""

SHOWN: Final = 200
"""Firings that are listed; all are counted."""

AT_ONCE: Final = 200_000
"""Rows that are read at once, more or less."""

SCANNED: Final = 2_000_000
"""Rows that are looked through at once, more or less: seconds, after which it is seen whether there are more."""

PORTS: Final = 10
"""Instances that a device is thought to have, where a family has any."""

WIDEST: Final = 500

TRIED: Final = (Test.VALUE, *MEASURED, Test.STATE, Test.ABSENT)
"""What a rule that is tried may look at: of all else the past is not known as it was then."""


@dataclass(slots=True)
class Budget:
    """How long a test may take, and how many rows it may read.

    So many devices are read ``first``; how many follow, the number of their rows says.
    """

    seconds: float = 20.0
    rows: int = 30_000_000
    first: int = 10
    timer: Callable[[], float] = time.monotonic
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.timer()

    def spend(self, rows: int) -> None:
        """Note that rows were read."""
        self.rows -= rows

    @property
    def left(self) -> bool:
        """Tell whether more may be read."""
        return self.rows > 0 and self.timer() - self._begun < self.seconds


@dataclass(frozen=True, slots=True)
class Found:
    """A firing, and of which instance of which device."""

    device_id: DeviceId
    device: str
    key: str
    firing: Firing


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have raised since an instant, the newest first.

    ``devices`` were judged; ``coarse`` says that a part was known only by means of five minutes or an hour, ``cut``
    that devices are left out because it took too long.
    """

    since: datetime
    devices: int
    fired: int
    firings: Sequence[Found]
    coarse: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What a rule is tried on: families, a range, and the devices that it is for with what is planned of them.

    So many of them are read ``first``.
    """

    families: Mapping[str, Family]
    range: Range
    ground: Ground
    devices: Sequence[DeviceId]
    first: int = 1

    def facts(self, device_id: DeviceId) -> Facts:
        """Tell who a device is."""
        return self.ground.devices[device_id]


Judged = Iterator[tuple[Sequence[DeviceId], int, list[Found]]]
"""Devices that were judged together, the rows that were read of them, and what was found."""


def run(
    session: Session, families: Mapping[str, Family], rule: Rule, spanned: Range, budget: Budget | None = None
) -> Trial:
    """Tell what a rule, enabled, would have raised in a range that ends now. Raises BadInput for too long a one."""
    if spanned.length > timedelta(days=LONGEST):
        raise BadInput(f"A rule is tried on at most {LONGEST} days.", f"Ask for 1 to {LONGEST} days.")
    if rule.condition.test not in TRIED:
        raise BadInput(
            f"The past of what the test `{rule.condition.test}` looks at is not kept.", "Try another test."
        )
    spent, rule = budget or Budget(), replace(rule, enabled=True)
    make_room(session)
    past = replace(_past(session, families, rule, spanned), first=spent.first)
    asked = _asked(session, past, rule)
    found: list[Found] = []
    judged = 0
    for devices, rows, firings in _judged(session, past, asked, rule):
        judged += len(devices)
        found += firings
        spent.spend(rows)
        if not spent.left:
            break
    found.sort(key=lambda one: (one.firing.at, one.device, one.key), reverse=True)
    since = spanned.start if asked is None or not asked.pieces else asked.pieces[0].start
    coarse = asked is not None and asked.coarse
    return Trial(since, judged, len(found), found[:SHOWN], coarse, judged < len(past.devices))


def _past(session: Session, families: Mapping[str, Family], rule: Rule, spanned: Range) -> Past:
    """Find whom the rule would be for, among the rules that there are: narrower ones of its name keep theirs."""
    others = [
        row.rule
        for row in alertrules.every(session)
        if row.rule.id != rule.id and (row.rule.name, row.rule.scope) != (rule.name, rule.scope)
    ]
    facts, places = alertground.devices_of(session, rule.tenant_id, [rule, *others], spanned.end)
    windows = planned.times(session, spanned, places)
    ground = Ground.of([rule, *others], facts, {}, windows)
    mine = [one for one, plan in ground.plans.items() if rule.id in plan.rules]
    return Past(families, spanned, ground, sorted(mine, key=lambda one: (facts[one].name, one)))


def _asked(session: Session, past: Past, rule: Rule) -> Asked | None:
    """Tell what is read of a family; None for what devices are."""
    if rule.condition.test is Test.STATE:
        return None
    family = find(past.families, rule.condition.family or alertabsence.HEARD)
    held = holdings.read(session, Subject(family), past.range, past.range.end)
    return Asked(rule, family, alertseries.pieces(past.range, held))


def _judged(session: Session, past: Past, asked: Asked | None, rule: Rule) -> Judged:
    if asked is None:
        return _states(session, past, rule)
    if not asked.pieces:
        return iter(())
    return _absences(session, past, asked) if rule.condition.test is Test.ABSENT else _values(session, past, asked)


def _states(session: Session, past: Past, rule: Rule) -> Judged:
    for start in range(0, len(past.devices), WIDEST):
        devices = past.devices[start : start + WIDEST]
        told = alertspells.read(session, past.range, devices)
        found = [
            one
            for device in devices
            for one in _named(past, device, "", replay.told(rule, told.get(device, ()), past.range.end))
        ]
        yield devices, sum(map(len, told.values())), found


def _values(session: Session, past: Past, asked: Asked) -> Judged:
    for devices, sized in _portions(past, _widest(past, asked)):
        rows, found = 0, list[Found]()
        for device, series in alertseries.read(session, asked, alertseries.busy(session, asked, devices)):
            for one in series:
                rows += len(one)
                if not one.quiet:
                    firings = replay.followed(asked.rule, one, past.range.end)
                    found += _named(past, device, one.key, firings)
        sized(rows)
        yield devices, rows, found


def _absences(session: Session, past: Past, asked: Asked) -> Judged:
    heard = alertabsence.Listener(session, asked, find(past.families, alertabsence.HEARD), past.range)
    for devices, sized in _portions(past, _widest(past, asked)):
        rows, found = 0, list[Found]()
        for device, count, silences in heard.silences(devices, past.ground.devices):
            rows += count
            found += _named(past, device, "", replay.missed(asked.rule, silences))
        sized(rows)
        yield devices, rows, found


def _widest(past: Past, asked: Asked) -> int:
    """Tell how many devices are looked through at once."""
    instances = PORTS if asked.family.labels else 1
    return max(1, min(WIDEST, SCANNED // max(1, instances * (past.range.length // timedelta(minutes=1)))))


def _portions(past: Past, widest: int) -> Iterator[tuple[Sequence[DeviceId], Callable[[int], None]]]:
    """Yield devices in portions of about AT_ONCE rows, by what is said of how many rows each had."""
    size, place, counted = min(past.first, widest), 0, list[int]()
    while place < len(past.devices):
        yield past.devices[place : place + size], counted.append
        place += size
        rows = counted.pop() if counted else 0
        size = min(widest, 2 * size, max(1, size * AT_ONCE // rows) if rows else widest)


def _named(past: Past, device_id: DeviceId, key: str, firings: Sequence[Firing]) -> list[Found]:
    """Say whose firings they are, without those that maintenance keeps from standing."""
    name, planned = past.facts(device_id).name, past.ground.windows.get(device_id, ())
    return [Found(device_id, name, key, one) for one in replay.outside(firings, planned)]
