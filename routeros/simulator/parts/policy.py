"""What a user's group lets him do."""

from __future__ import annotations

from collections.abc import Sequence

from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Refused, Row
from routeros.simulator.parts import accounts
from routeros.simulator.router import Active, Router

NOT_ENOUGH = "not enough permissions (9)"

READING = {"print", "getall", "get", "find", "listen", "read", "export", "monitor", "monitor-traffic", "check"}
"""Verbs that change nothing."""

_FILES = frozenset({"read", "write", "ftp"})
_BACKUP = _FILES | {"policy", "test"}

_NEEDED: dict[str, frozenset[str]] = {
    "/system/backup/save": _BACKUP,
    "/system/backup/load": _BACKUP | {"reboot"},
    "/system/reset-configuration": _BACKUP | {"reboot"},
    "/system/reboot": frozenset({"reboot"}),
    "/system/shutdown": frozenset({"reboot"}),
    "/system/package/apply-changes": frozenset({"write", "reboot"}),
    "/password": frozenset({"password"}),
    "/ping": frozenset({"test"}),
    "/tool/sniffer": frozenset({"sniff"}),
}
"""What commands need that neither only read nor only write."""

_BELOW: tuple[tuple[str, frozenset[str]], ...] = (
    ("/file/", _FILES),
    ("/user/", frozenset({"read", "write", "policy"})),
    ("/tool/", frozenset({"test"})),
)
"""The same for all commands below a path that change something."""

_SENSITIVE = frozenset({"sensitive"})


def may(who: Active | None, needed: frozenset[str]) -> bool:
    """Tell whether someone has all of some policies; the router itself has."""
    return who is None or needed <= who.rights


def demand(who: Active | None, needed: frozenset[str]) -> None:
    """Raise Refused where someone lacks one of some policies."""
    if not may(who, needed):
        raise Refused(NOT_ENOUGH)


def require(router: Router, menu: Menu, call: Call) -> None:
    """Raise Refused where the group of who asks lacks a policy that the command needs."""
    wanted = needed(call)
    if not may(call.who, wanted):
        demand(call.who, wanted & known(router))


def known(router: Router) -> frozenset[str]:
    """Tell the policies that a router's version knows."""
    return frozenset(accounts.policies(router.model.version))


def needed(call: Call) -> frozenset[str]:
    """Tell the policies that a command needs."""
    if call.verb in READING:
        return _FILES if call.verb == "export" and "file" in call.attributes else frozenset({"read"})
    if call.menu == "/log":
        return frozenset({"read"})
    if call.path in _NEEDED:
        return _NEEDED[call.path]
    for path, policies in _BELOW:
        if call.path.startswith(path):
            return policies
    return frozenset({"test"}) if call.verb in ("scan", "torch") else frozenset({"write"})


def veiled(router: Router, menu: Menu, who: Active | None, rows: Sequence[Row]) -> Sequence[Row]:
    """Hide the secrets in rows from those who may not see them."""
    if not menu.secrets or may(who, _SENSITIVE):
        return rows
    veil = "*****" if router.model.version.major > 6 else ""
    return [{name: veil if name in menu.secrets and value else value for name, value in row.items()} for row in rows]
