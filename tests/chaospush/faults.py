"""What may befall a router while a push goes on, and in which states the push may truly end then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from fleet.changes import PushState
from routeros.simulator.console import Shell
from routeros.simulator.faults import Fault as Trouble
from routeros.simulator.faults import Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.runs import Run as Script
from routeros.words import Command
from tests.chaospush.arena import Place
from tests.chaospush.changes import CHANGES
from tests.chaospush.judge import Hurt
from tests.chaospush.runs import Change

_ADD = "/ip firewall address-list add list=many address=10.8.0."
MANY = Change("many", "\n".join(f"{_ADD}{n + 1}" for n in range(101)))
CALM = Change(
    "calm",
    "/ip pool add name=one ranges=10.60.0.2-10.60.0.9\n/system identity set name=after\n"
    "/ip pool remove [find name=old]\n/snmp set contact=noc\n/ip pool add name=two ranges=10.61.0.2-10.61.0.9",
    setup="/ip pool add name=old ranges=10.59.0.2-10.59.0.9",
)
"""A change that comes not near the path, so that safe mode alone holds it."""

GOOD: Final = (PushState.COMMITTED,)
BACK: Final = (PushState.REVERTED,)
EITHER: Final = (PushState.COMMITTED, PushState.REVERTED)
UNTOUCHED: Final = (PushState.FAILED,)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that befalls a router, to which change, and how the push may end; ``needs`` a version."""

    name: str
    change: Change
    hurt: Hurt
    ends: tuple[PushState, ...]
    needs: Callable[[str], bool] = field(default=lambda version: True)


def said(at: Place, text: str) -> None:
    """Let somebody else say something on the router's console."""
    Script(at.router, Shell(at.router, None).play(text), lambda _: None)


def strike(at: Place, kind: Kind, **options: float | str) -> None:
    mishaps.strike(at.router, Trouble(kind, options))


async def step_of(at: Place, text: str) -> None:
    """Wait until the push has made its first change, which ``text`` shows."""
    while text not in at.text():
        await asyncio.sleep(0.05)


def safe(version: str) -> bool:
    """Tell whether a version knows safe mode for programs."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) >= (7, 18)


async def _slow(at: Place) -> None:
    """Answer every command late, so that the verification comes near the edge of the timer."""
    strike(at, Kind.DELAY, seconds=1.5)


async def _full(at: Place) -> None:
    strike(at, Kind.DISK_FULL)


async def _power(at: Place) -> None:
    strike(at, Kind.DELAY, seconds=0.3)
    await step_of(at, "comment=new")
    strike(at, Kind.POWER_LOSS, seconds=5.0)


async def _reboot(at: Place) -> None:
    strike(at, Kind.DELAY, seconds=0.3)
    await step_of(at, "comment=new")
    strike(at, Kind.REBOOT)


async def _reboot_safe(at: Place) -> None:
    """Let the device forget what safe mode would take back, with half of the change done."""
    strike(at, Kind.DELAY, seconds=0.3)
    await step_of(at, "name=after")
    strike(at, Kind.REBOOT)


async def _dead(at: Place) -> None:
    """Let the path die for three minutes, right after the first change."""
    await step_of(at, "comment=new")
    strike(at, Kind.SILENT)
    await asyncio.sleep(180)
    mishaps.lift(at.router, Kind.SILENT)


async def _dead_for_good(at: Place) -> None:
    await step_of(at, "name=after")
    strike(at, Kind.SILENT)
    await asyncio.sleep(1500)
    mishaps.lift(at.router, Kind.SILENT)


async def _dead_and_safe(at: Place) -> None:
    """Let the path die where safe mode alone holds the change: the device finds out nine minutes later."""
    await step_of(at, "name=after")
    strike(at, Kind.SILENT)
    await asyncio.sleep(600)
    mishaps.lift(at.router, Kind.SILENT)


async def _clock_ahead(at: Place) -> None:
    await step_of(at, "comment=new")
    at.router.offset += timedelta(hours=5)


async def _clock_back(at: Place) -> None:
    await step_of(at, "comment=new")
    at.router.offset -= timedelta(hours=5)


async def _disarmed(at: Place) -> None:
    """Let somebody remove the timer while the change is on its way, and cut the session that makes it."""
    strike(at, Kind.DELAY, seconds=0.3)
    await step_of(at, "comment=new")
    said(at, '/system scheduler remove [find name~"flotilla"]')
    strike(at, Kind.DOWN)
    await asyncio.sleep(3)
    mishaps.lift(at.router, Kind.DOWN)


async def _hijacked(at: Place) -> None:
    """Let another session take safe mode over, as Ctrl+X does with a yes: what was changed stays."""
    await step_of(at, "name=after")
    session = await at.connect()
    from_elsewhere = {"on-error": "release"}
    await session.call(_command("/safe-mode/take", from_elsewhere), timeout=timedelta(seconds=10))
    await session.close()


async def _edited(at: Place) -> None:
    await step_of(at, "comment=new")
    said(at, "/ip firewall filter add chain=output action=accept comment=winbox")


async def _nothing(_: Place) -> None:
    pass


async def _held(at: Place) -> None:
    session = await at.connect()
    await session.call(_command("/safe-mode/take"), timeout=timedelta(seconds=10))
    await asyncio.sleep(60)
    await session.close()
    await asyncio.sleep(5)


def _command(menu: str, attributes: Mapping[str, str] | None = None) -> Command:
    return Command(menu, attributes=attributes or {})


_RULES, _NAME = CHANGES["rules"], CHANGES["identity"]
FAULTS: Final = (
    Fault("slow to the timer's edge", _RULES, _slow, GOOD),
    Fault("a full flash", _RULES, _full, UNTOUCHED),
    Fault("power is lost in the middle", _RULES, _power, (*EITHER, PushState.COMMIT_UNCONFIRMED)),
    Fault("it restarts in the middle", _RULES, _reboot, BACK),
    Fault("it restarts with safe mode alone", CALM, _reboot_safe, BACK, needs=safe),
    Fault("a dead path for three minutes", _RULES, _dead, BACK),
    Fault("a dead path with safe mode alone", _NAME, _dead_and_safe, BACK, needs=safe),
    Fault("a dead path for good", _NAME, _dead_for_good, (PushState.LOST,)),
    Fault("a clock that steps ahead", _RULES, _clock_ahead, EITHER),
    Fault("a clock that steps back", _RULES, _clock_back, GOOD),
    Fault("the timer is removed by someone", _RULES, _disarmed, BACK),
    Fault("safe mode is taken over", _NAME, _hijacked, EITHER, needs=safe),
    Fault("an edit in parallel", _RULES, _edited, GOOD),
    Fault("101 actions", MANY, _nothing, GOOD),
    Fault("safe mode is somebody else's", _NAME, _held, UNTOUCHED, needs=safe),
)
