"""Who may enter a router and with which rights: its users and their groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import Protocol

from fleet.versions import Version
from routeros.simulator.device.model import Model
from routeros.simulator.outcome import Row

USERS, GROUPS = "/user", "/user/group"

POLICIES = (
    "local", "telnet", "ssh", "ftp", "reboot", "read", "write", "policy", "test", "winbox", "password", "web",
    "sniff", "sensitive", "api", "romon",
)  # fmt: skip
ALL = frozenset((*POLICIES, "dude", "tikapp", "rest-api"))

_WITHOUT = {
    "read": {"ftp", "write", "policy"},
    "write": {"ftp", "policy"},
    "full": set[str](),
}
"""The groups of a new device, and what they lack."""

_DOORS = {"api-ssl": "api", "www": "web", "www-ssl": "web"}
"""Services whose policy has another name."""


class Tables(Protocol):
    """Where users and groups are: a router, which itself asks who may enter."""

    def table(self, name: str, stored: Callable[[Model], Sequence[Row]]) -> Iterable[Row]: ...


def policies(version: Version) -> tuple[str, ...]:
    """Tell the policies of a version in the order in which it lists them."""
    return (*POLICIES, "rest-api") if version.major > 6 else (*POLICIES, "dude", "tikapp")


def listed(version: Version, rights: frozenset[str] | set[str]) -> str:
    """Write rights as a group shows them: what it lacks has a ``!``."""
    known = policies(version)
    return ",".join([*(p for p in known if p in rights), *(f"!{p}" for p in known if p not in rights)])


def granted(policy: str) -> frozenset[str]:
    """Read rights; raises nothing: what has a ``!`` is not granted."""
    return frozenset(name for name in policy.split(",") if name and not name.startswith("!"))


def first(name: str, password: str) -> Row:
    """Lay out the user that a device begins with."""
    return {".id": "*1", "name": name, "group": "full", "address": "", "password": password, "disabled": "false"}


def groups(model: Model) -> list[Row]:
    """Lay out the groups of a new device."""
    known = set(policies(model.version))
    return [
        {".id": f"*{n:X}", "name": name, "policy": listed(model.version, known - lacks)}
        for n, (name, lacks) in enumerate(_WITHOUT.items(), start=1)
    ]


def nobody(_: Model) -> list[Row]:
    return []


def user(router: Tables, name: str) -> Row | None:
    """Find a user by name."""
    return next((row for row in router.table(USERS, nobody) if row["name"] == name), None)


def rights(router: Tables, group: str) -> frozenset[str]:
    """Tell what a group may do."""
    found = next((row for row in router.table(GROUPS, groups) if row["name"] == group), None)
    return granted(found["policy"]) if found else frozenset()


def standing(router: Tables, name: str) -> tuple[str, frozenset[str]]:
    """Tell a user's group and rights."""
    found = user(router, name)
    group = found["group"] if found else "full"
    return group, rights(router, group)


def password(router: Tables, name: str, service: str, host: str = "") -> str | None:
    """Tell the password with which a user may enter by a service; None where he may not at all."""
    found = user(router, name)
    if found is None or found["disabled"] == "true" or not is_near(found["address"], host):
        return None
    needed = _DOORS.get(service, service)
    return found["password"] if needed in rights(router, found["group"]) else None


def is_near(allowed: str, host: str) -> bool:
    """Tell whether a host is among the addresses from which a user may come; none are named: all."""
    if not allowed or not host:
        return True
    return any(ip_address(host) in ip_network(place, strict=False) for place in allowed.split(","))
