"""An alerter that is killed after any batch, over a store on paper: thousands of kills in a second, without a server.

The store keeps what ``db.alertwork`` does, and an engine goes on from it by the same code.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from actors.alerter import LATE
from db import alertground, alertwork
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Engine
from fleet.alerts.ground import Ground
from fleet.alerts.judging import WINDOW
from fleet.device import State
from fleet.events import DeviceStatusEvent
from tests.chaosalerts.arena import STEP
from tests.chaosalerts.fleet import BEGIN, Fleet
from tests.chaosalerts.living import Owned
from tests.chaosalerts.polls import Said, steps

MAY: Final = {
    Act.NOTE: (("pending", "suppressed", "firing"), None),
    Act.SUPPRESS: (("pending", "suppressed"), "suppressed"),
    Act.FIRE: (("pending", "suppressed"), "firing"),
    Act.RESOLVE: (("firing", "suppressed"), "resolved"),
}
"""From which states a deed leads, and where to."""


@dataclass(slots=True)
class Paper:
    """Rows of alerts, what was told, and the newest state of each device."""

    rows: dict[UUID, SimpleNamespace] = field(default_factory=dict)
    told: list[Deed] = field(default_factory=list)
    states: dict[UUID, SimpleNamespace] = field(default_factory=dict)
    now: datetime = BEGIN

    def do(self, deeds: Sequence[Deed]) -> None:
        """Store deeds, each only once."""
        for deed in deeds:
            row = self.rows.get(deed.alert_id)
            if deed.act is Act.BEGIN and row is None:
                bare = {"fired_at": None, "ended_at": None, "cause_id": None}
                self.rows[deed.alert_id] = SimpleNamespace(**alertwork._row(deed) | bare)
            elif deed.act is Act.DROP and row is not None and row.state == "pending":
                del self.rows[deed.alert_id]
            elif deed.act in MAY and row is not None and row.state in MAY[deed.act][0]:
                self._change(row, deed)

    def _change(self, row: SimpleNamespace, deed: Deed) -> None:
        row.state = MAY[deed.act][1] or row.state
        row.seen_at, row.value, row.turns = deed.seen, deed.value, deed.turns
        if deed.act is not Act.RESOLVE:
            row.cause_id = deed.cause
        if deed.act is Act.FIRE:
            row.fired_at = deed.at
            self.told.append(deed)
        if deed.act is Act.RESOLVE:
            row.ended_at = deed.at
            self.told += [deed] if row.fired_at is not None else []

    def execute(self, _: object) -> list[SimpleNamespace]:
        """Read as a session does: what is open, or was lately."""
        lately = [row for row in self.rows.values() if row.ended_at is None or row.ended_at > self.now - WINDOW]
        return sorted(lately, key=lambda row: row.since)

    def write(self, said: Sequence[Said]) -> None:
        """Keep the newest state of each device, as a writer that is ahead."""
        for event in said:
            its = event if isinstance(event, DeviceStatusEvent) else event.outcome
            state, code = (State.UP, None) if its is None else (its.state, its.error_code)
            row = SimpleNamespace(state=state.value, since=event.at, heard_at=event.at, error_code=code)
            if (before := self.states.get(event.device_id)) and before.state == row.state:
                row.since = before.since
            self.states[event.device_id] = row

    def ground(self, bare: Ground) -> Ground:
        """Let the devices be as they are stored."""
        known = {one: self.states[one] for one in bare.devices if one in self.states}
        facts = {
            one: replace(bare.devices[one], health=alertground._health(row), heard=row.heard_at)
            for one, row in known.items()
        }
        return replace(bare, devices={**bare.devices, **facts})


@dataclass(slots=True)
class Life:
    """One alerter after the other, each until it is killed."""

    bare: Ground
    rules: dict[UUID, Any]
    luck: random.Random
    often: float
    paper: Paper = field(default_factory=Paper)
    engine: Engine = field(default_factory=Engine)
    kills: int = 0

    def live(self, at: datetime, batch: Sequence[Said] | None) -> None:
        """Judge a batch, or let time pass, until that is done; who is killed may have stored it or not.

        Who is killed behind that leaves words that nobody hears again.
        """
        while True:
            self.paper.now = at
            deeds = self.engine.settle(self.paper.ground(self.bare), at)
            deeds += self.engine.look(at - LATE) if batch is None else self.engine.hear(batch)
            killed, stored = self.luck.random() < self.often, self.luck.random() < 0.5
            if not killed or stored:
                self.paper.do(deeds)
            if killed or self.luck.random() < self.often:
                self.kills += 1
                self.engine = Engine(entries=alertwork.standing(self.paper, self.rules, at))  # type: ignore[arg-type]
            if not killed:
                return


def killed(fleet: Fleet, owned: Owned, seed: int, often: float = 0.2) -> Life:
    """Live through a history, and be killed after so many of the batches; the writer is ahead, or a step behind."""
    luck = random.Random(f"paper {seed}")
    made = Life(owned.ground(fleet), {one.id: one for one in owned.rules}, luck, often)
    for until, said in steps(fleet, owned.owners, STEP):
        ahead = luck.random() < 0.5
        if ahead:
            made.paper.write(said)
        for batch in _batches(said, luck):
            made.live(until - STEP, batch)
        made.live(until, None)
        if not ahead:
            made.paper.write(said)
    return made


def _batches(said: Sequence[Said], luck: random.Random) -> Iterator[Sequence[Said]]:
    place = 0
    while place < len(said):
        size = luck.randint(1, 40)
        yield said[place : place + size]
        place += size
