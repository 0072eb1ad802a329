"""Short questions to a device, answered in the same request: ping, traceroute, log, commands that only ask."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from actors.credentials import SecretBroken
from api import tools
from api.fields import TEXT
from api.resource import TENANT, Afterwards, Answer, Asked, Given, Resource, Route
from api.tools import Cost
from fleet.errors import BadInput, EgressDenied, NotFound, TooMany, Unavailable
from fleet.identity import Scope
from fleet.questions import MOST_ROWS, Reply
from routeros.errors import (
    Busy,
    Fatal,
    LoginFailed,
    PinMismatch,
    ProtocolError,
    RouterOSError,
    TimedOut,
    TlsFailed,
    TooManyRows,
    Trap,
    Unreachable,
)
from routeros.inquiry import Refused, Wish, told
from routeros.inquiry.allowed import NeedsPush

Host = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.:_%-]*$",
        examples=["192.0.2.1"],
        description="An IP address, or a name that the device resolves.",
    ),
]
Word = Annotated[str, Field(max_length=500, pattern=TEXT)]
Named = Annotated[
    str, Field(min_length=1, max_length=62, pattern=r"^\.?[A-Za-z0-9][A-Za-z0-9.-]*$", examples=["name"])
]


class PingWish(Given):
    """What the device pings, and how."""

    address: Host
    count: int = Field(5, ge=1, le=15, description="How many are sent.")
    interval_seconds: float = Field(1.0, ge=0.1, le=1.0, description="Seconds between two of them.")
    size: int | None = Field(None, ge=28, le=65535, description="Bytes of a packet; 56 if left out.")
    source: Host | None = Field(None, description="The address of the device that they come from.")
    interface: Word | None = Field(None, min_length=1, description="The interface that they leave by.")
    vrf: Word | None = Field(None, min_length=1, description="The VRF that they travel in.")


class PingSent(Answer):
    """One of them."""

    number: int
    host: str
    milliseconds: float | None = Field(description="There and back; null where nothing came back.")
    ttl: int | None
    status: str | None = Field(description="Why nothing came back, in the device's words.")


class PingResult(Answer):
    """What came of all of them."""

    sent: int
    received: int
    loss_ratio: float
    min_milliseconds: float | None
    avg_milliseconds: float | None
    max_milliseconds: float | None
    each: list[PingSent]


class TraceWish(Given):
    """Where the way leads to."""

    address: Host
    max_hops: int = Field(30, ge=1, le=40)
    source: Host | None = Field(None, description="The address of the device that probes come from.")
    vrf: Word | None = Field(None, min_length=1, description="The VRF that they travel in.")


class TraceHop(Answer):
    """A router on the way; times are in milliseconds."""

    number: int
    address: str | None = Field(description="Null where it did not answer.")
    loss_ratio: float | None
    last_milliseconds: float | None
    avg_milliseconds: float | None
    best_milliseconds: float | None
    worst_milliseconds: float | None
    status: str | None


class TraceResult(Answer):
    """The way from the device."""

    hops: list[TraceHop]
    complete: bool = Field(description="False where the time was over before the way was known.")


class LogWish(Given):
    """Which lines of the log."""

    limit: int = Field(100, ge=1, le=MOST_ROWS, description="The newest so many.")


class DeviceLogLine(Answer):
    """A line of the device's log."""

    id: str
    time: str = Field(description="As the device writes it, in its own time zone; of today without the date.")
    topics: list[str]
    message: str


class DeviceLog(Answer):
    """The newest lines of the device's log, the oldest of them first."""

    lines: list[DeviceLogLine]
    more: bool = Field(description="Whether the device has older lines.")


class CommandWish(Given):
    """A command that only asks, as it would be typed: `{"menu": "/ip/address", "command": "print"}`."""

    menu: str = Field(
        max_length=200, pattern=r"^(/[a-z0-9][a-z0-9-]*)*$", examples=["/ip/address"], description="With slashes."
    )
    command: str = Field("print", max_length=42, pattern=r"^[a-z][a-z-]*$", examples=["print"])
    arguments: dict[Named, Word] = Field({}, max_length=20, description="What is said with it.")
    where: dict[Named, Word] = Field({}, max_length=10, description="Of a print: only rows whose properties are so.")
    properties: list[Named] = Field([], max_length=50, description="Of a print: what to tell; all if there are none.")
    limit: int = Field(200, ge=1, le=MOST_ROWS, description="At most so many rows.")
    secrets: bool = Field(False, description="Show secrets, which needs `config:secrets` and is on record.")


class CommandResult(Answer):
    """The device's answer, in its own words."""

    rows: list[dict[str, str]] = Field(description="Without what the device does not tell; secrets are `*****`.")
    more: bool = Field(description="Whether there were more rows, or the time was over.")


PINGED = {
    "address": "address",
    "count": "count",
    "interval_seconds": "interval",
    "size": "size",
    "source": "src-address",
    "interface": "interface",
    "vrf": "vrf",
}
TRACED = {"address": "address", "max_hops": "max-hops", "source": "src-address", "vrf": "vrf"}


def ping(asked: Asked[PingWish]) -> Afterwards:
    return tools.ask(asked, Wish("", "ping", tools.said(asked.given, PINGED)), tools.USUAL, _pinged)


def traceroute(asked: Asked[TraceWish]) -> Afterwards:
    return tools.ask(asked, Wish("/tool", "traceroute", tools.said(asked.given, TRACED)), tools.USUAL, _traced)


def log(asked: Asked[LogWish]) -> Afterwards:
    return tools.ask(asked, Wish("/log", "print"), Cost(rows=asked.given.limit), _logged)


def run(asked: Asked[CommandWish]) -> Afterwards:
    """Ask what is on the list; what writes is refused, with where it belongs."""
    given = asked.given
    wish = Wish(given.menu, given.command, given.arguments, given.where, tuple(given.properties))
    return tools.ask(asked, wish, Cost(given.limit, unmasked=given.secrets), _ran)


def _pinged(reply: Reply) -> PingResult:
    found = told.pings(reply.rows)
    return PingResult(
        sent=found.sent,
        received=found.received,
        loss_ratio=found.loss,
        min_milliseconds=found.shortest,
        avg_milliseconds=found.mean,
        max_milliseconds=found.longest,
        each=[PingSent(**asdict(one)) for one in found.each],
    )


def _traced(reply: Reply) -> TraceResult:
    hops = [
        TraceHop(
            number=hop.number,
            address=hop.address,
            loss_ratio=hop.loss,
            last_milliseconds=hop.last,
            avg_milliseconds=hop.mean,
            best_milliseconds=hop.best,
            worst_milliseconds=hop.worst,
            status=hop.status,
        )
        for hop in told.hops(reply.rows)
    ]
    return TraceResult(hops=hops, complete=not reply.more)


def _logged(reply: Reply) -> DeviceLog:
    lines = [
        DeviceLogLine(id=line.id, time=line.time, topics=list(line.topics), message=line.message)
        for line in told.lines(reply.rows)
    ]
    return DeviceLog(lines=lines, more=reply.more)


def _ran(reply: Reply) -> CommandResult:
    rows = [{name: value for name, value in row.items() if name != ".section"} for row in reply.rows]
    return CommandResult(rows=rows, more=reply.more)


ONE = f"{TENANT}/devices/{{device_id}}"
RAISES = (
    *(NotFound, TooMany, Unavailable, EgressDenied, SecretBroken),
    *(RouterOSError, Unreachable, TlsFailed, PinMismatch, LoginFailed, Trap, TooManyRows, Fatal, ProtocolError),
    *(Busy, TimedOut),
)
"""What an owner may meet on the way to the device, and there."""


resource = Resource(
    name="tools",
    about="What a device is asked at once: by its owner, on a connection of its own, within seconds.",
    routes=(
        Route(
            path=f"{ONE}/ping",
            method="POST",
            summary="Ping from the device",
            takes=PingWish,
            answer=PingResult,
            scope=Scope.DEVICES_CONTROL,
            changes=False,
            raises=RAISES,
            handler=ping,
        ),
        Route(
            path=f"{ONE}/traceroute",
            method="POST",
            summary="Trace the way from the device",
            takes=TraceWish,
            answer=TraceResult,
            scope=Scope.DEVICES_CONTROL,
            changes=False,
            raises=RAISES,
            handler=traceroute,
        ),
        Route(
            path=f"{ONE}/log",
            summary="The newest lines of the device's log",
            takes=LogWish,
            answer=DeviceLog,
            scope=Scope.DEVICES_CONTROL,
            raises=RAISES,
            handler=log,
        ),
        Route(
            path=f"{ONE}/commands",
            method="POST",
            summary="Ask the device by a command that changes nothing",
            takes=CommandWish,
            answer=CommandResult,
            scope=Scope.DEVICES_CONTROL,
            changes=False,
            raises=(*RAISES, BadInput, NeedsPush, Refused),
            handler=run,
        ),
    ),
)
