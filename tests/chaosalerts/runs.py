"""Make runs, and count what was lost, told twice, told for the wrong device, or to the wrong person."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
from tests.chaosalerts.receiver import Letter, receiver
from tests.chaosalerts.shelf import Base, Store

HOURS: Final = Wish(devices=18, span=timedelta(minutes=150), rest=timedelta(minutes=30))
STRIKES: Final = 8
KINDS: Final = ("lost", "doubled", "wrong_cause", "seen_by_wrong_user", "disordered")
WORDS: Final = {Act.FIRE: "fired", Act.RESOLVE: "resolved"}
TOLD: Final = (Act.FIRE, Act.RESOLVE)
LATER: Final = BEGIN + timedelta(days=1)
CAUSES: Final = "SELECT device_id, cause_id FROM alerts WHERE cause_id IS NOT NULL"


Count = Counter[tuple[DeviceId, str, str]]


@dataclass(slots=True)
class Verdict:
    """What a run came to: events told, messages that arrived, those that came again and those that were refused.

    Each list holds what was wrong, in words.
    """

    told: int = 0
    moved: int = 0
    notified: int = 0
    repeated: int = 0
    refused: int = 0
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
    with receiver(seed) as noc:
        base.route(owned, noc)
        arena = Arena(base, fleet, owned, noc, random.Random(seed))

        async def body() -> list[tuple[str, AlertEvent]]:
            await arena.go(strikes)
            return await heard(base)

        events = asyncio.run(body())
    found = compared(fleet, deeds, [event for _, event in events])
    found.struck, found.refused = arena.struck, noc.refused
    found.seen_by_wrong_user = [*_strangers(base, owned, events)]
    found.wrong_cause += _causes(base, fleet)
    notified(found, [event for _, event in events], owned, noc.letters)
    return found


def notified(found: Verdict, events: Sequence[AlertEvent], owned: Owned, letters: Sequence[Letter]) -> None:
    """Compare what arrived with what the stream was told; a letter that comes again under its id is the same."""
    once = {letter.id: letter for letter in letters}
    found.notified, found.repeated = len(once), len(letters) - len(once)
    told = Counter((alert, what) for letter in once.values() for alert, what, _ in letter.told)
    said = {(str(event.alert_id), _word(event)) for event in events}
    found.lost += [f"nobody was notified of {what} {alert}" for alert, what in said - told.keys()]
    found.doubled += [f"notified: {one}" for one, count in told.items() if count > 1 or one not in said]
    owners = {str(device): str(owner) for device, owner in owned.owners.items()}
    found.seen_by_wrong_user += [
        f"{letter.path} is notified of {device}"
        for letter in letters
        for *_, device in letter.told
        if owners.get(device) != letter.path
    ]
    begun: set[str] = set()
    for letter in letters:
        begun |= {alert for alert, what, _ in letter.told if what == "fired"}
        found.disordered += [f"notified: {alert}" for alert, what, _ in letter.told if alert not in begun]


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
    """Compare the alerts and ends that were told with those that must be.

    An alert that maintenance held back begins for who was killed meanwhile when he saw it: it is told once all the
    same, and counted as ``moved``.
    """
    told = Counter(event.event_id for event in events)
    once = {event.event_id: event for event in events}
    wanted = counted(must(deeds))
    got = Counter((_device(event), event.rule, _word(event)) for event in once.values())
    found = Verdict(told=len(once), moved=len(once.keys() - {deed.event_id for deed in must(deeds)}))
    found.lost, found.doubled = differing(fleet, wanted, got)
    found.doubled += [f"{one}: {count} times" for one, count in told.items() if count > 1]
    found.wrong_cause = judged(fleet, deeds).wrong
    fired: set[UUID] = set()
    for event in events:
        if isinstance(event, AlertFiredEvent):
            fired.add(event.alert_id)
        elif event.alert_id not in fired:
            found.disordered.append(f"{event.rule} of {name(fleet, _device(event))} at {event.at:%H:%M:%S}")
    return found


def differing(fleet: Fleet, wanted: Count, got: Count) -> tuple[list[str], list[str]]:
    """Tell in words what was told too rarely, and what too often."""
    lost: list[str] = []
    doubled: list[str] = []
    for key in wanted | got:
        words = f"{key[2]} {key[1]} of {name(fleet, key[0])}: {got[key]} of {wanted[key]}"
        lost += [words] if got[key] < wanted[key] else []
        doubled += [words] if got[key] > wanted[key] else []
    return lost, doubled


def counted(deeds: Iterable[Deed]) -> Count:
    """Count what deeds tell, by device, rule and word."""
    return Counter((deed.device_id, deed.rule.name, WORDS[deed.act]) for deed in deeds)


def must(deeds: Sequence[Deed]) -> list[Deed]:
    """Choose what people are told: what fired, and the end of what had fired."""
    stood = {deed.alert_id for deed in deeds if deed.act is Act.FIRE}
    return [deed for deed in deeds if deed.act in TOLD and deed.alert_id in stood]


def _word(event: AlertEvent) -> str:
    return WORDS[Act.FIRE if isinstance(event, AlertFiredEvent) else Act.RESOLVE]


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
    moved: int = 0
    notified: int = 0
    repeated: int = 0
    refused: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    seconds: list[float] = field(default_factory=list)

    def count(self, number: int, one: Verdict, seconds: float) -> None:
        """Count a run."""
        self.runs += 1
        for name_ in ("told", "moved", "notified", "repeated", "refused"):
            setattr(self, name_, getattr(self, name_) + getattr(one, name_))
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
            print(f"run {number}: {found.told} told, {seconds:.1f} s {found.wrong[:4] or ''}", flush=True)
        yield number, found, seconds
