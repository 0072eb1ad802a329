"""Sixty routers in three levels, and what befalls some of them: how each of them has to end."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fleet.rollouts import Stage
from fleet.versions import LAST_OLD, STONE
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router

TARGET: Final = "7.25beta5"
VERSIONS: Final = (str(LAST_OLD), str(STONE), TARGET)
NEEDED: Final = sorted(
    (name, built_for)
    for built_for in ("arm64", "mipsbe", "tile", "x86")
    for name in ("routeros", "wireless", "wifi-qcom", "wifi-qcom-ac")
)
"""Which packages there are, each with its architecture."""

CORES: Final = 2
MIDDLE: Final = 8
SIZE: Final = 60
ABSENT: Final = timedelta(minutes=15)
LATE: Final = timedelta(minutes=11)
LOOPING: Final = timedelta(minutes=5)
"""How long a device is away that was not there, how much longer a start takes that is slow, and for how long one
restarts again and again."""


def parent(place: int) -> int | None:
    """Tell over which router another is reached: leaves over the middle, the middle over the cores."""
    if place < CORES:
        return None
    return place % CORES if place < CORES + MIDDLE else CORES + place % MIDDLE


def below(place: int) -> set[int]:
    """Tell the routers that are reached over one, at any remove."""
    children = {one for one in range(SIZE) if parent(one) == place}
    return children.union(*map(below, children)) if children else set()


def personas(old: int = 1) -> tuple[str, ...]:
    """Tell what each router is: ``old`` of them run RouterOS 6 and go over two versions on their way."""
    leaves = ["ccr1036"] * old + ["chr", "chr", "hap_ax2"] * SIZE
    return ("ccr2004",) * CORES + ("hap_ax2",) * MIDDLE + tuple(leaves[: SIZE - CORES - MIDDLE])


BOARDS: Final = tuple(place for place in range(CORES + MIDDLE + 1, SIZE) if personas()[place] == "hap_ax2")
"""The leaves that have boot firmware: whatever may befall a router can befall these."""


def _faulty(kind: Kind) -> Callable[[Router], None]:
    return lambda router: mishaps.strike(router, Fault(kind))


def _loops(router: Router) -> None:
    """Restart again and again from the first restart on, until it holds."""
    boot, usual = router.part(Boot), router.part(Boot).restart
    done = set[str]()

    def restart(*, applied: bool = False) -> None:
        if not done:
            done.add("begun")
            router.faults[Kind.REBOOT_LOOP] = Fault(Kind.REBOOT_LOOP)
            router.timers.later(LOOPING, lambda: mishaps.lift(router, Kind.REBOOT_LOOP))
        usual(applied=applied)

    boot.restart = restart  # type: ignore[method-assign]


def _absent(router: Router) -> None:
    mishaps.strike(router, Fault(Kind.DOWN))
    router.timers.later(ABSENT, lambda: mishaps.lift(router, Kind.DOWN))


def _slow(router: Router) -> None:
    """Let each start take so much longer."""
    boot, usual = router.part(Boot), router.part(Boot)._come_up

    def come_up(span: timedelta) -> None:
        usual(span + LATE)

    boot._come_up = come_up  # type: ignore[method-assign]


def _foreign(router: Router) -> None:
    router.part(Files).write("zerotier-7.24.4-arm64.npk", b"strange")


def _spoils(router: Router) -> None:
    """Keep of each package that is brought something else, of the same size."""
    files, usual = router.part(Files), router.part(Files).write

    def write(name: str, data: bytes) -> None:
        usual(name, data[:-1] + b"?" if name.endswith(".npk") else data)

    files.write = write  # type: ignore[method-assign]


def _later(kind: Kind) -> Callable[[Router], None]:
    """Let a fault come with the first restart."""

    def strike(router: Router) -> None:
        boot, usual = router.part(Boot), router.part(Boot).restart

        def restart(*, applied: bool = False) -> None:
            router.faults[kind] = Fault(kind)
            usual(applied=applied)

        boot.restart = restart  # type: ignore[method-assign]

    return strike


def _unflashed(router: Router) -> None:
    router.part(Boot).flash = lambda: None  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Mishap:
    """What befalls a router, in which stage its part in the rollout truly ends then, and what is said of it.

    ``passes``: who looks late finds that nothing is wrong any more.
    """

    name: str
    end: Stage
    says: str
    strike: Callable[[Router], None] = lambda _: None
    passes: bool = False


WELL: Final = Mishap("well", Stage.DONE, "")
MISHAPS: Final[Mapping[str, Mishap]] = {
    one.name: one
    for one in (
        Mishap("old-version", Stage.FAILED, "could not be verified", _faulty(Kind.OLD_VERSION)),
        Mishap("stays-down", Stage.LOST, "was not seen to be back", _faulty(Kind.STAYS_DOWN)),
        Mishap("disk-full", Stage.SKIPPED, "are free", _faulty(Kind.DISK_FULL)),
        Mishap("wrong-password", Stage.SKIPPED, "invalid user name or password", _faulty(Kind.WRONG_PASSWORD)),
        Mishap("foreign-package", Stage.SKIPPED, "nobody meant", _foreign),
        Mishap("another-device", Stage.SKIPPED, "Another device answers"),
        Mishap("another-architecture", Stage.SKIPPED, "Its architecture is arm64"),
        Mishap("spoils-files", Stage.FAILED, "its SHA-256 is another one", _spoils),
        Mishap("full-at-restart", Stage.FAILED, "not enough space", _later(Kind.DISK_FULL)),
        Mishap("other-password", Stage.LOST, "invalid user name or password", _later(Kind.WRONG_PASSWORD)),
        Mishap("boot-firmware-stays", Stage.FAILED, "Its boot firmware is", _unflashed),
        Mishap("reboot-loop", Stage.FAILED, "restarted again by itself", _loops, passes=True),
        Mishap("clock-1970", Stage.DONE, "", _faulty(Kind.CLOCK_1970)),
        Mishap("absent", Stage.DONE, "", _absent),
        Mishap("slow", Stage.DONE, "", _slow),
    )
}


def befallen(seed: int, most: int = 8) -> dict[int, Mishap]:
    """Draw who has which mishap: leaves mostly, and now and then one over which others are reached."""
    draw = random.Random(seed)
    names = draw.sample(sorted(MISHAPS), min(most, len(MISHAPS)))
    found = dict(zip(draw.sample(BOARDS, len(names)), (MISHAPS[name] for name in names), strict=True))
    if draw.random() < 0.3:
        found[draw.randrange(CORES + MIDDLE)] = MISHAPS[draw.choice(("old-version", "stays-down", "clock-1970"))]
    return found
