"""Whether a change may cut the path by which the device is reached, judged by what its own export says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fleet.errors import Conflict
from routeros.export import Document
from routeros.plan import path as paths
from routeros.plan import risks, several
from routeros.plan.operation import Operation
from routeros.plan.path import Path
from routeros.plan.risks import Risk

NEAR: Final = (
    *("/interface", "/ip/address", "/ipv6/address", "/ip/route", "/ipv6/route", "/routing", "/ip/firewall"),
    *(
        "/ipv6/firewall",
        "/ip/service",
        "/user",
        "/ip/ipsec",
        "/ip/dhcp-client",
        "/certificate",
        "/ip/vrf",
        "/caps-man",
    ),
)
"""The menus that a path may lead through: a change in them has a restore point, even where nothing is foreseen."""


class LockOut(Conflict):
    """It is foreseen that the device cannot be reached afterwards."""

    code = "lock_out"


def near(operations: Iterable[Operation]) -> bool:
    """Tell whether a change comes near the path to a device."""
    return any(f"{one.menu}/".startswith(f"{menu}/") for one in operations for menu in NEAR)


def judge(operations: Sequence[Operation], document: Document, seen: Path) -> tuple[Risk, ...]:
    """Tell how a change may cut the path, by the device's export; raises ManyRows where a row is not the only one."""
    several.check(document, operations)
    return risks.judge(operations, paths.read(document, seen))


def lock_out(found: Sequence[Risk]) -> LockOut:
    """Make the error that names the first of some risks."""
    first = found[0]
    return LockOut(
        f"This may cut the path to the device: {first.operation.shown()}. {first.why}",
        f"{first.next_step} Or push with an override: the name of the device and a reason.",
    )
