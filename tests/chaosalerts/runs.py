"""Make runs, and count what was lost, told twice, told for the wrong device, or to the wrong person."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import get_context
from typing import Final
from uuid import UUID

import psycopg

from bus.connection import Bus
from bus.streams import ALERT_EVENTS
from db import alerts
from db.engine import Stores
from db.tenancy import tenant_session
from fleet.alerts.deeds import Act, Deed
from fleet.events import AlertEvent, AlertFiredEvent, AlertResolvedEvent, decode
from fleet.identity import DeviceId
from tests.chaosalerts import shelf
from tests.chaosalerts.arena import STEP, Arena, Strike, drawn
from tests.chaosalerts.fleet import BEGIN, Fleet, Wish
from tests.chaosalerts.living import Owned, explains, judged, lived, name
from tests.chaosalerts.shelf import Base, Store

HOURS: Final = Wish(devices=24, span=timedelta(hours=4), rest=timedelta(minutes=30))
STRIKES: Final = 8
KINDS: Final = ("lost", "doubled", "wrong_cause", "seen_by_wrong_user", "disordered")
TOLD: Final = (Act.FIRE, Act.RESOLVE)
LATER: Final = BEGIN + timedelta(days=1)
CAUSES: Final = "SELECT device_id, cause_id FROM alerts WHERE cause_id IS NOT NULL"


@dataclass(slots=True)
class Verdict:
    """What a run came to; each list holds what was wrong, in words."""

    told: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_cause: list[str] = field(default_factory=list)
    seen_by_wrong_user: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> list[str]:
        return [what for kind in KINDS for what in getattr(self, kind)]


def run(base: Base, wish: Wish, strikes: Sequence[Strike], seed: int = 0) -> Verdict:
    """Make a run, and compare what was told with what an engine finds that nobody disturbs."""
    fleet, owned = base.settle(wish)
    deeds = list(lived(fleet, owned, STEP))
    arena = Arena(base, fleet, owned, random.Random(seed))

    async def body() -> list[tuple[str, AlertEvent]]:
        await arena.go(strikes)
        return await heard(base)

    events = asyncio.run(body())
    found = compared(fleet, deeds, [event for _, event in events])
    found.struck = arena.struck
    found.seen_by_wrong_user = [*_strangers(base, owned, events)]
    found.wrong_cause += _causes(base, fleet)
    return found


async def heard(base: Base) -> list[tuple[str, AlertEvent]]:
    """Read all that was told of alerts, with the subject of each, in its order."""
    async with Bus(base.nats.url, name="listener", token=base.nats.token) as bus:
        js = await bus.jetstream()
        state = (await js.stream_info(ALERT_EVENTS.name)).state
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            message = await js.get_msg(ALERT_EVENTS.name, sequence)
            event = decode(message.data or b"")
            assert isinstance(event, AlertFiredEvent | AlertResolvedEvent)
            found.append((message.subject or "", event))
        return found


def compared(fleet: Fleet, deeds: Sequence[Deed], events: Sequence[AlertEvent]) -> Verdict:
    """Compare the alerts and ends that were told with those that must be."""
    wanted = {deed.event_id: _said(fleet, deed) for deed in must(deeds)}
    told = Counter(event.event_id for event in events)
    words = wanted | {event.event_id: _heard(fleet, event) for event in events}
    found = Verdict(told=len(told))
    found.lost = [wanted[one] for one in wanted.keys() - told.keys()]
    found.doubled = [words[one] for one, count in told.items() if count > 1 or one not in wanted]
    found.wrong_cause = judged(fleet, deeds).wrong
    fired: set[UUID] = set()
    for event in events:
        if isinstance(event, AlertFiredEvent):
            fired.add(event.alert_id)
        elif event.alert_id not in fired:
            found.disordered.append(_heard(fleet, event))
    return found


def must(deeds: Sequence[Deed]) -> list[Deed]:
    """Choose what people are told: what fired, and the end of what had fired."""
    stood = {deed.alert_id for deed in deeds if deed.act is Act.FIRE}
    return [deed for deed in deeds if deed.act in TOLD and deed.alert_id in stood]


def _said(fleet: Fleet, deed: Deed) -> str:
    return f"{deed.act} {deed.rule.name} of {name(fleet, deed.device_id)} at {deed.at:%H:%M:%S}"


def _heard(fleet: Fleet, event: AlertEvent) -> str:
    what = "fire" if isinstance(event, AlertFiredEvent) else "resolve"
    return f"{what} {event.rule} of {name(fleet, _device(event))} at {event.at:%H:%M:%S}"


def _device(event: AlertEvent) -> DeviceId:
    assert event.device_id is not None
    return DeviceId(event.device_id)


def _strangers(base: Base, owned: Owned, events: Sequence[tuple[str, AlertEvent]]) -> Iterator[str]:
    """Yield what somebody was told, or may read, of another tenant's devices."""
    for subject, event in events:
        owner = owned.owners.get(_device(event))
        if event.tenant_id != owner or str(owner) not in subject.split("."):
            yield f"{subject} tells of {event.device_id}"
    with Stores(dict(base.urls)) as stores:
        for tenant in {*owned.owners.values()}:
            with tenant_session(stores, shelf.person(tenant)) as session:
                for row in alerts.page(session, None, 1000, alerts.Narrow(), LATER):
                    if owned.owners[DeviceId(row.device_id)] != tenant:
                        yield f"{tenant} reads the alert {row.id} of {row.device}"


def _causes(base: Base, fleet: Fleet) -> Iterator[str]:
    """Yield alerts that are said to be explained by a device that does not explain them."""
    with psycopg.connect(base.admin_url) as admin:
        for device, cause in admin.execute(CAUSES):
            if not explains(fleet, device, cause):
                yield f"{name(fleet, device)} is explained by {name(fleet, cause)}"


@dataclass
class Tally:
    """What many runs came to."""

    runs: int = 0
    told: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    seconds: list[float] = field(default_factory=list)

    def count(self, number: int, one: Verdict, seconds: float) -> None:
        """Count a run."""
        self.runs += 1
        self.told += one.told
        self.struck += one.struck
        self.seconds.append(seconds)
        for kind in KINDS:
            self.wrong[kind] += [f"run {number}: {what}" for what in getattr(one, kind)]


def wished(number: int) -> tuple[Wish, list[Strike]]:
    """Tell what a run of a number is: its history, and who is struck when."""
    wish = replace(HOURS, seed=number, order=number)
    return wish, drawn(number, int(wish.span / STEP), STRIKES)


def many(numbers: Sequence[int], processes: int, until: float) -> Tally:
    """Make the runs of some numbers, as long as there is time; tells of every tenth."""
    tally = Tally()
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        shares = [numbers[share::processes] for share in range(processes)]
        for done in as_completed([pool.submit(_share, share, until) for share in shares]):
            for number, verdict, seconds in done.result():
                tally.count(number, verdict, seconds)
    return tally


def _share(numbers: Sequence[int], until: float) -> list[tuple[int, Verdict, float]]:
    with shelf.opened() as store:
        return list(_made(store, numbers, until))


def _made(store: Store, numbers: Sequence[int], until: float) -> Iterator[tuple[int, Verdict, float]]:
    for place, number in enumerate(numbers):
        began = time.monotonic()
        if began > until:
            return
        with store.base() as base:
            found = run(base, *wished(number), seed=number)
        seconds = time.monotonic() - began
        if place % 10 == 0 or found.wrong:
            print(f"run {number}: {found.told} told, {len(found.wrong)} wrong, {seconds:.1f} s", flush=True)
        yield number, found, seconds
