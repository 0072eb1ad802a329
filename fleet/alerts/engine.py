"""The engine: what is remembered of all alerts, and what follows from what devices tell. Pure but for its memory.

It may be told the same twice, and may forget all (``Engine`` anew with what is stored): deeds are known by what they
are about, so nothing fires twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from fleet.alerts import cause
from fleet.alerts.cause import Claim, Gate, Health
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.ground import NONE, Ground
from fleet.alerts.health import healthier
from fleet.alerts.hearing import Hearing
from fleet.alerts.judging import DAMPED, NEW, WINDOW, Look, Phase, Reading, Told, Track, Transition, Turn, evaluate
from fleet.alerts.readings import readings
from fleet.alerts.rule import Rule, Test
from fleet.device import STALE_AFTER, State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Event, FamilyRows, Outcome
from fleet.identity import DeviceId

STEADY_POLLS = 5
"""A device that is back counts as back once it has answered so often, and for no less than ``judging.DAMPED``."""


class Stand(StrEnum):
    """How an alert stands before people: not at all, explained by another, or for itself."""

    HIDDEN = "hidden"
    SUPPRESSED = "suppressed"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class Entry:
    """One instance of a device under one rule: its judgement, how it stands, and whether the store has a row of it.

    ``since`` is the begin of the alert that it is, or was last. What was read from the store with a ``cause`` stands
    for itself only by what is seen after ``doubted``.
    """

    device_id: DeviceId
    key: str
    rule: Rule
    track: Track = NEW
    stand: Stand = Stand.HIDDEN
    stored: bool = False
    since: datetime | None = None
    cause: DeviceId | None = None
    doubted: datetime | None = None


Entries = dict[tuple[UUID, str], Entry]


@dataclass(slots=True)
class Engine:
    """Judges events in the order in which they come; ``ground`` is replaced by ``settle``."""

    ground: Ground = field(default_factory=Ground)
    entries: dict[DeviceId, Entries] = field(default_factory=dict)
    healths: dict[DeviceId, Health] = field(default_factory=dict)
    hearing: Hearing = field(default_factory=Hearing)
    _known: datetime | None = None
    _deeds: list[Deed] = field(default_factory=list)

    def settle(self, ground: Ground, now: datetime) -> list[Deed]:
        """Take other rules, devices, links and windows; what no rule asks for any more is over."""
        self.ground = ground
        for device_id in [*self.entries]:
            self._follow(device_id, now)
        for device_id in self.healths.keys() - ground.devices.keys():
            del self.healths[device_id]
        shortest = min((facts.interval for facts in ground.devices.values()), default=timedelta())
        self.hearing.settle(ground.devices, shortest)
        for device_id, facts in ground.devices.items():
            known = self.healths.setdefault(device_id, facts.health)
            working, rested = ground.working(device_id, now)
            if (known.working, known.rested, known.interval) != (working, rested, facts.interval):
                self.healths[device_id] = replace(known, working=working, rested=rested, interval=facts.interval)
        self._know(ground)
        return self._taken()

    def _know(self, ground: Ground) -> None:
        """Judge what the store knows, once for each time that it was asked."""
        before, self._known = self._known, ground.known.at
        if self._known is not None and self._known != before:
            for device_id, rule, value in ground.facts():
                known = (rule.id, "") in self.entries.get(device_id, {})
                if known or (value is not None and rule.condition.breached(value)):
                    self._tell(device_id, rule, "", Reading(self._known, value))

    def hear(self, events: Iterable[Event]) -> list[Deed]:
        """Judge what devices tell."""
        for event in events:
            if isinstance(event, DeviceStatusEvent | DeviceMetricsEvent):
                device_id = DeviceId(event.device_id)
                if device_id in self.ground.devices:
                    self._hear(device_id, event)
        return self._taken()

    def look(self, now: datetime) -> list[Deed]:
        """Let time pass until ``now``: what has held long enough stands, what is not heard of is absent."""
        self._miss(now)
        for entries in [*self.entries.values()]:
            for entry in [*entries.values()]:
                if entry.track.phase is not Phase.CLEAR:
                    self._judge(entry, (Look(now),), now)
                elif entry.track.turns and now - entry.track.turns[-1] >= WINDOW:
                    self._keep(replace(entry, track=replace(entry.track, turns=())))
        return self._taken()

    def _miss(self, now: datetime) -> None:
        """Miss what is not heard of."""
        until = self.hearing.until(now)
        if until is None:
            return
        for device_id, plan in self.ground.plans.items():
            facts = self.ground.devices[device_id]
            usual = STALE_AFTER * facts.interval
            for rule in plan.absent:
                stored = None if rule.condition.family else facts.heard
                last = self.hearing.last(device_id, rule.condition.family, stored)
                if last is not None and self.hearing.silent(last, until, max(rule.hold, usual)):
                    self._judge(self._entry(device_id, rule, ""), (Reading(last), Look(until)), until)

    def _taken(self) -> list[Deed]:
        found, self._deeds = self._deeds, []
        return found

    def _hear(self, device_id: DeviceId, event: DeviceStatusEvent | DeviceMetricsEvent) -> None:
        said = event if isinstance(event, DeviceStatusEvent) else event.outcome
        plan = self.ground.plans.get(device_id, NONE)
        self.healths[device_id] = healthier(self.healths.get(device_id, Health()), event)
        if (said is None or said.state is not State.STALE) and self.hearing.newer(device_id, "", event.at):
            self._absent(device_id, plan.absent, "", event.at)
            if said is not None:
                self._state(device_id, plan.states, event.at, said)
        if isinstance(event, DeviceMetricsEvent):
            for rows in event.families:
                self._rows(device_id, rows, event.at)

    def _state(
        self, device_id: DeviceId, rules: Iterable[Rule], at: datetime, said: DeviceStatusEvent | Outcome
    ) -> None:
        """Judge a state: what is remembered, and what begins something.

        A device that is backed off from is down without having been asked: that proves nothing.
        """
        asked = said.state is not State.DOWN or said.duration_seconds is not None
        mine = self.entries.get(device_id, {})
        for rule in rules:
            if asked if (rule.id, "") in mine else said.state in rule.condition.states:
                self._tell(device_id, rule, "", Reading(at, said.state))

    def _rows(self, device_id: DeviceId, rows: FamilyRows, at: datetime) -> None:
        plan = self.ground.plans.get(device_id, NONE)
        if not self.hearing.newer(device_id, rows.family, at):
            return
        self._absent(device_id, plan.absent, rows.family, at)
        mine = self.entries.get(device_id)
        for rule in plan.families.get(rows.family, ()):
            usual = partial(self.ground.usuals.look, at, (rows.family, rule.condition.field), device_id)
            for key, value in readings(rule, rows, () if mine is None else mine, usual):
                self._tell(device_id, rule, key, Reading(at, value))

    def _absent(self, device_id: DeviceId, rules: Iterable[Rule], family: str, at: datetime) -> None:
        """Note that something is heard, where its absence has been noticed."""
        for rule in rules:
            if rule.condition.family == family and (rule.id, "") in self.entries.get(device_id, {}):
                self._tell(device_id, rule, "", Reading(at))

    def _entry(self, device_id: DeviceId, rule: Rule, key: str) -> Entry:
        return self.entries.get(device_id, {}).get((rule.id, key)) or Entry(device_id, key, rule)

    def _tell(self, device_id: DeviceId, rule: Rule, key: str, told: Reading) -> None:
        self._judge(self._entry(device_id, rule, key), (told,), told.at)

    def _judge(self, entry: Entry, told: Iterable[Told], at: datetime) -> None:
        rule = self.ground.plans[entry.device_id].rules.get(entry.rule.id, entry.rule)
        calm, facts = entry.track.calm, self.ground.devices[entry.device_id]
        track, found = evaluate(rule, entry.track, told, max(DAMPED, STEADY_POLLS * facts.interval))
        entry = replace(entry, rule=rule, track=track)
        for one in found:
            entry = self._turn(entry, one)
        if entry.stored and track.phase is Phase.FIRING and (calm is None) != (track.calm is None):
            entry = self._do(Act.NOTE, entry, at)
        if track.phase is Phase.FIRING and track.calm is None and entry.stand is not Stand.FIRING:
            # What flaps and is well just now need not be told.
            entry = self._admit(entry, at)
        self._keep(entry)

    def _turn(self, entry: Entry, turn: Transition) -> Entry:
        """Write down what a judgement changed; what fires is admitted behind it."""
        entry = replace(entry, since=turn.since)
        if turn.turn in (Turn.DROPPED, Turn.RESOLVED):
            return self._ended(entry, turn.at)
        if turn.turn is Turn.PENDING and not self.healths.get(entry.device_id, Health()).working:
            return self._do(Act.BEGIN, entry, turn.at)
        return entry

    def _admit(self, entry: Entry, at: datetime) -> Entry:
        """Let an alert stand for itself, wait, or be explained by another device."""
        evidence = entry.track.seen or at
        if entry.rule.condition.test is Test.ABSENT:
            evidence = at
        begun = entry.track.again or entry.since or at
        claim = Claim(entry.device_id, begun, evidence, at, entry.rule.reachable, self.hearing.since or at)
        verdict = cause.judge(claim, self.healths, self.ground.parents)
        match verdict.gate:
            case Gate.WAIT:
                return self._waits(entry, verdict.cause, at)
            case Gate.MAINTENANCE:
                return self._ended(entry, at) if entry.stand is Stand.HIDDEN else entry
            case Gate.OPEN if entry.doubted is not None and evidence <= entry.doubted:
                return entry
            case Gate.OPEN:
                return self._do(Act.FIRE, self._begun(replace(entry, stand=Stand.FIRING, cause=None), at), at)
        known = entry.stand is Stand.SUPPRESSED and verdict.cause == entry.cause
        if known or self._unsure(verdict.cause):
            return entry if known else self._waits(entry, verdict.cause, at)
        entry = replace(entry, stand=Stand.SUPPRESSED, cause=verdict.cause)
        return self._do(Act.SUPPRESS, self._begun(entry, at), at)

    def _waits(self, entry: Entry, cause: DeviceId | None, at: datetime) -> Entry:
        """Note what may explain an alert that waits, lest who goes on from the store takes it to be unexplained."""
        if cause is None or not entry.stored or entry.cause is not None:
            return entry
        return self._do(Act.NOTE, replace(entry, cause=cause), at)

    def _unsure(self, device_id: DeviceId | None) -> bool:
        """Tell whether it is still open if a device that is away stands for itself: it may have a cause, too."""
        if device_id is None or self.healths.get(device_id, Health()).working:
            return False
        away = [one for one in self.entries.get(device_id, {}).values() if one.rule.reachable]
        stands = [one.stand for one in away if one.track.phase is Phase.FIRING]
        return bool(stands) and Stand.FIRING not in stands

    def _begun(self, entry: Entry, at: datetime) -> Entry:
        return entry if entry.stored else self._do(Act.BEGIN, entry, at)

    def _ended(self, entry: Entry, at: datetime) -> Entry:
        if entry.stored:
            self._do(Act.DROP if entry.stand is Stand.HIDDEN else Act.RESOLVE, entry, at)
        return replace(entry, stand=Stand.HIDDEN, stored=False, cause=None)

    def _keep(self, entry: Entry) -> None:
        """Remember what is worth it: what is clear and was not lately needs no memory."""
        track, place = entry.track, (entry.rule.id, entry.key)
        if track.phase is not Phase.CLEAR or track.turns or track.earlier:
            self.entries.setdefault(entry.device_id, {})[place] = entry
        elif mine := self.entries.get(entry.device_id):
            mine.pop(place, None)
            if not mine:
                del self.entries[entry.device_id]

    def _follow(self, device_id: DeviceId, now: datetime) -> None:
        """End what belongs to a device or a rule that is not there any more."""
        rules = self.ground.plans.get(device_id, NONE).rules
        for place, entry in [*self.entries[device_id].items()]:
            if place[0] not in rules:
                self._ended(entry, now)
                del self.entries[device_id][place]
        if not self.entries[device_id]:
            del self.entries[device_id]

    def _do(self, act: Act, entry: Entry, at: datetime) -> Entry:
        """Leave a deed to be stored; returns the entry of which the store has a row now."""
        facts, track = self.ground.devices.get(entry.device_id), entry.track
        deed = Deed(
            act=act,
            rule=entry.rule,
            device_id=entry.device_id,
            device=facts.name if facts else "",
            key=entry.key,
            since=entry.since or at,
            at=at,
            seen=track.seen or at,
            value=track.value,
            turns=len(track.turns),
            cause=entry.cause,
        )
        self._deeds.append(deed)
        return replace(entry, stored=True)
