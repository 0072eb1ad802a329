"""One run: a history is said step by step, and at moments drawn by a seed somebody is killed."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from multiprocessing import get_context
from typing import Any, Final

import nats.errors
import psycopg
from nats.js import api

from bus import subjects
from bus.connection import Bus
from db import states
from db.notifysend import LONGEST
from fleet.device import State
from fleet.events import DeviceStatusEvent, encode
from tests.chaosalerts.child import Step, Told, serve
from tests.chaosalerts.fleet import BEGIN, Fleet
from tests.chaosalerts.living import Owned
from tests.chaosalerts.polls import Said, steps
from tests.chaosalerts.receiver import Receiver
from tests.chaosalerts.shelf import Base

WHO: Final = ("alerter", "relay", "notifier")
STEP: Final = timedelta(minutes=5)
DEAD: Final = (timedelta(minutes=20), timedelta(minutes=140))
"""When the receiver is dead: for two hours."""

PATIENCE: Final = 120.0
"""Seconds that a step may take, with everything that befalls it."""

LATEST: Final = 0.25
"""Seconds after the begin of a step within which somebody is struck."""

SPAWN = get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.chaosalerts.child"])


class Blow(StrEnum):
    """Who is struck: a process by SIGKILL, connections, or a server."""

    ALERTER = "alerter"
    RELAY = "relay"
    NOTIFIER = "notifier"
    EVERYBODY = "everybody"
    CUT = "connections"
    NATS = "nats"
    POSTGRES = "postgres"


OFTEN: Final[Mapping[Blow, int]] = {
    Blow.ALERTER: 8,
    Blow.RELAY: 3,
    Blow.NOTIFIER: 5,
    Blow.EVERYBODY: 2,
    Blow.CUT: 4,
    Blow.NATS: 2,
    Blow.POSTGRES: 2,
}


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow in a step, so many seconds after its begin."""

    step: int
    blow: Blow
    after: float


def drawn(seed: int, among: int, count: int) -> list[Strike]:
    """Draw the strikes of a run."""
    luck = random.Random(f"strikes {seed}")
    blows = luck.choices([*OFTEN], [*OFTEN.values()], k=count)
    return [Strike(luck.randrange(among), blow, luck.random() * LATEST) for blow in blows]


class Child:
    """A process that is begun again whenever it was killed, and told its step again."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._step: Step | None = None
        self.deaths = -1
        self._begin()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def close(self) -> None:
        """End it: its line is closed."""
        self._line.close()
        self._process.join(PATIENCE)
        self.kill()

    def tell(self, step: Step) -> None:
        """Have a step done."""
        self._step = step
        if not self._process.is_alive():
            self._begin()
        else:
            self._send()

    async def done(self) -> None:
        """Wait until the step is done, whoever is killed meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(self._answered):
                if not self._process.is_alive():
                    self._begin()

    def _answered(self) -> bool:
        try:
            return self._line.poll(0.05) and self._line.recv() == self._step
        except (EOFError, OSError):
            return False

    def _begin(self) -> None:
        self.deaths += 1
        self._line, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=serve, args=(theirs, self._told), daemon=True)
        self._process.start()
        theirs.close()
        if self._step is not None:
            self._send()

    def _send(self) -> None:
        # Where it was killed just now, the next one is told.
        with suppress(OSError):
            self._line.send(self._step)


@dataclass(slots=True)
class Arena:
    """A run on a base; ``struck`` counts what was done."""

    base: Base
    fleet: Fleet
    owned: Owned
    receiver: Receiver
    luck: random.Random
    struck: Counter[str] = field(default_factory=Counter)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def go(self, strikes: Sequence[Strike]) -> None:
        """Say the whole history, and strike."""
        await self.base.begin()
        urls, where = dict(self.base.urls), (self.base.nats.url, self.base.nats.token)
        born = time.time_ns()
        children = [Child(Told(who, urls, *where, born)) for who in WHO]
        try:
            async with Bus(where[0], name="history", token=where[1]) as bus:
                for number, (until, said) in enumerate(steps(self.fleet, self.owned.owners, STEP)):
                    mine = [one for one in strikes if one.step == number]
                    self.receiver.dead = DEAD[0] <= until - BEGIN < DEAD[1]
                    await self._step(bus, children, Step(until - STEP, until), said, mine)
            await self._rest(children[-1])
        finally:
            for child in children:
                child.close()

    async def _rest(self, notifier: Child) -> None:
        """Let time pass, one longest back-off after the other, until nothing waits to be sent, or is given up."""
        self.receiver.dead = False
        end = BEGIN + self.fleet.wish.span
        while await asyncio.to_thread(self.base.waiting):
            end += LONGEST
            notifier.tell(Step(end, end))
            await notifier.done()

    async def _step(
        self, bus: Bus, children: Sequence[Child], step: Step, said: Sequence[Said], strikes: Sequence[Strike]
    ) -> None:
        ahead = self.luck.random() < 0.5
        if ahead:
            await asyncio.to_thread(self._write, said)
        await publish(bus, said)
        for child in children:
            child.tell(step)
        async with asyncio.TaskGroup() as all_:
            for strike in strikes:
                all_.create_task(self._strike(children, strike))
            for child in children:
                all_.create_task(child.done())
        # What the alerter stored behind the others' last look.
        for child in children[1:]:
            child.tell(step)
            await child.done()
        if not ahead:
            await asyncio.to_thread(self._write, said)

    async def _strike(self, children: Sequence[Child], strike: Strike) -> None:
        await asyncio.sleep(strike.after)
        async with self._turn:
            await self._hit(children, strike)

    async def _hit(self, children: Sequence[Child], strike: Strike) -> None:
        """Strike, one blow after the other: servers that are just restarted are not struck meanwhile."""
        self.struck[strike.blow] += 1
        alerter, relay, notifier = children
        match strike.blow:
            case Blow.ALERTER:
                alerter.kill()
            case Blow.RELAY:
                relay.kill()
            case Blow.NOTIFIER:
                notifier.kill()
            case Blow.EVERYBODY:
                for child in children:
                    child.kill()
            case Blow.CUT:
                await asyncio.to_thread(self.base.cut)
            case Blow.NATS:
                await asyncio.to_thread(self.base.bounce)
            case Blow.POSTGRES:
                await asyncio.to_thread(self.base.restart)

    def _write(self, said: Sequence[Said]) -> None:
        """Store the newest state of each device, as a writer does, which knows nothing of alerts."""
        newest = {one.device_id: _row(one) for one in said}
        with psycopg.connect(self.base.admin_url, autocommit=True) as admin:
            admin.execute(states.TELL, (json.dumps([*newest.values()], default=str),))


async def publish(bus: Bus, said: Sequence[Said]) -> None:
    """Bring events into the stream, each once."""
    for event in said:
        while True:
            try:
                js = await bus.jetstream()
                headers = {api.Header.MSG_ID.value: str(event.event_id)}
                await js.publish(subjects.of(event), encode(event), headers=headers)
                break
            except (nats.errors.Error, OSError, TimeoutError):
                await asyncio.sleep(0.01)


def _row(event: Said) -> dict[str, Any]:
    said = event if isinstance(event, DeviceStatusEvent) else event.outcome
    state = State.UP if said is None else said.state
    row = dict.fromkeys(("next_attempt", "identity", "version", "model", "serial", "uptime_seconds"))
    row |= {"tenant_id": event.tenant_id, "device_id": event.device_id, "at": event.at, "since": event.at}
    row |= {"state": state.value, "attempt": 1, "breaker": "closed", "error": None, "duration_seconds": None}
    return row | {"error_code": said.error_code if said else None}
