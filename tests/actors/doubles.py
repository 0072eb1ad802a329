"""Stand-ins for the tests of the actors: a router that answers from a table, and what a session is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from actors.session import Tools
from fleet.clock import FakeClock
from fleet.device import Device, Endpoint
from fleet.errors import FleetError
from fleet.families import Cycle, Family, Field, Kind, Sample
from fleet.identity import DeviceId, TenantId
from routeros.client import Reply
from routeros.collector import Collector, Reading, Replies
from routeros.errors import Category, RouterOSError, Trap, Unreachable
from routeros.words import Command, Row

SECOND = timedelta(seconds=1)
TENANT = TenantId(UUID(int=7))

RESOURCE = Command("/system/resource/print", ("uptime",))
TRAFFIC = Command("/interface/print", ("name", "rx"))
RADIO = Command("/interface/wifi/print", ("name",))
IDENTITY = Command("/system/identity/print", ("name",))

resource = Family("resource", "Resources", (Field("uptime_seconds", unit="seconds"),))
traffic = Family("traffic", "Traffic", (Field("rx_bytes_total", Kind.COUNTER, "bytes"),), labels=("interface",))


def device(number: int = 1, **changes: object) -> Device:
    """Make a device of the tests' tenant."""
    facts: dict[str, object] = {
        "id": DeviceId(UUID(int=number)),
        "tenant_id": TENANT,
        "name": f"router-{number}",
        "endpoint": Endpoint(f"192.0.2.{number % 250}"),
        "username": "admin",
        "secret": f"vault:v1:{number}",
        "interval": 10 * SECOND,
    }
    return Device(**(facts | changes))  # type: ignore[arg-type]


def _uptime(replies: Replies) -> Reading:
    rows = replies[0] or []
    if not rows:
        return Reading(problems=("it told nothing",))
    return Reading((Sample({"uptime_seconds": float(rows[0]["uptime"])}),), {"version": "7.16"})


def _traffic(replies: Replies) -> Reading:
    return Reading(tuple(Sample({"rx_bytes_total": int(r["rx"])}, (r["name"],)) for r in replies[0] or []))


def _identity(replies: Replies) -> Reading:
    rows = replies[0] or []
    return Reading(facts={"identity": rows[0]["name"]} if rows else {})


COLLECTORS = (
    Collector("resource", Cycle.FAST, (RESOURCE,), resource, _uptime),
    Collector("traffic", Cycle.FAST, (TRAFFIC,), traffic, _traffic),
    Collector("radio", Cycle.FAST, (RADIO,), None, _identity),
    Collector("identity", Cycle.SLOW, (IDENTITY,), None, _identity),
)


def trap(message: str) -> Trap:
    return Trap(Category.GENERAL, message)


ABSENT = trap("no such command prefix")


@dataclass
class FakeRouter:
    """A router whose uptime follows the clock; ``answers`` replaces what it says to a command."""

    clock: FakeClock
    answers: dict[Command, Reply] = field(default_factory=dict)
    refuses: FleetError | None = None
    breaks: RouterOSError | None = None
    gate: asyncio.Event | None = None
    rx: int = 0
    boot: float = 0.0
    connects: int = 0
    polls: int = 0
    under_way: int = 0
    most_under_way: int = 0
    asked: list[tuple[Command, ...]] = field(default_factory=list)
    line: Line | None = None

    async def connect(self, of: Device) -> Line:
        self.connects += 1
        if self.refuses is not None:
            raise self.refuses
        self.line = Line(self, of.endpoint.streams)
        return self.line

    def say(self, command: Command) -> Reply:
        uptime = self.clock.now().timestamp() - self.boot
        table: Mapping[Command, Reply] = {
            RESOURCE: [{"uptime": str(uptime)}],
            TRAFFIC: [{"name": "ether1", "rx": str(self.rx)}],
            RADIO: ABSENT,
            IDENTITY: [{"name": "edge"}],
        }
        return {**table, **self.answers}[command]


@dataclass
class Line:
    """A connection to a fake router; a cut one fails at the next use."""

    router: FakeRouter
    streams: int = 8
    cut: bool = False
    closed: bool = False
    fate: RouterOSError = field(default_factory=lambda: Unreachable("The router closed the connection."))

    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]:
        router = self.router
        if self.cut or self.closed:
            raise self.fate
        if router.breaks is not None:
            raise router.breaks
        router.asked.append(tuple(commands))
        router.polls += 1
        router.under_way += 1
        router.most_under_way = max(router.most_under_way, router.under_way)
        try:
            if router.gate is not None:
                await router.gate.wait()
        finally:
            router.under_way -= 1
        return [router.say(command) for command in commands]

    async def close(self) -> None:
        self.closed = True


def tools(router: FakeRouter, draw: Callable[[], float] = lambda: 0.0) -> Tools:
    """What a session needs to poll a fake router."""
    return Tools(
        connect=router.connect,
        collectors=COLLECTORS,
        clock=router.clock,
        slow_every=timedelta(minutes=15),
        timeout=30 * SECOND,
        draw=draw,
    )


def row(**words: str) -> list[Row]:
    return [words]
