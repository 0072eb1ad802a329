"""A change of a table in words: the line in the log, and the commands that do and undo it."""

from __future__ import annotations

import re

from fleet.versions import Version
from routeros.simulator.outcome import Row
from routeros.simulator.router import Active, Change

_NOUNS = {
    "/interface": "device",
    "/ip/address": "address",
    "/ip/firewall/filter": "filter rule",
    "/ip/firewall/nat": "nat rule",
    "/ip/firewall/mangle": "mangle rule",
    "/ip/firewall/address-list": "address list entry",
    "/ip/route": "route",
    "/ip/dns/static": "static dns entry",
    "/ip/dhcp-server/lease": "dhcp lease",
    "/system/scheduler": "script scheduler",
    "/system/script": "script",
    "/system/identity": "system identity",
    "/user": "user",
    "/user/group": "user group",
}
"""What a row of a menu is called; elsewhere it is an item."""

_HIDDEN = ("password", "secret", "passphrase", "key")
"""What a property's name ends with whose value is not told."""

_UNTOLD = (".id", "dynamic", "run-count", "next-run", "owner")


def noun(menu: str) -> str:
    """Tell what a row of a menu is called."""
    return _NOUNS.get(menu, "item")


def deed(change: Change) -> str:
    """Tell what was done: ``address added``."""
    return f"{noun(change.menu)} {_verb(change)}"


def author(version: Version, who: Active | None) -> str:
    """Tell who did something, as the log writes it: v7 names the session too."""
    if who is None:
        return "system"
    return who.name if version.major < 7 else f"{who.via}:{who.name}@{who.host}"


def line(version: Version, change: Change) -> str:
    """Tell a change to the log."""
    return f"{deed(change)} by {author(version, change.who)}"


def command(change: Change) -> str:
    """Write the command that makes a change."""
    path = "/" + change.menu.strip("/").replace("/", " ")
    row = change.after or change.before or {}
    id = row.get(".id", "")
    match _verb(change):
        case "added":
            return f"{path} add {_written(change.after or {}, {})}"
        case "removed":
            return f"{path} remove {id}"
        case "moved":
            return f"{path} move {id}"
    asked = f"{path} set {id}".rstrip()
    return f"{asked} {_written(change.after or {}, change.before or {})}"


def opposite(change: Change) -> Change:
    """Tell the change that undoes one, as far as words go."""
    return Change(change.menu, change.store, change.after, change.before, change.order, change.who)


def _verb(change: Change) -> str:
    if change.before is None:
        return "added"
    if change.after is None:
        return "removed"
    return "moved" if change.order and change.before == change.after else "changed"


def _written(row: Row, other: Row) -> str:
    """Write the properties in which a row differs from another one."""
    differing = {name: row.get(name, "") for name in (*row, *(n for n in other if n not in row))}
    told = ((name, value) for name, value in differing.items() if other.get(name) != row.get(name))
    return " ".join(f"{name}={_quoted(name, value)}" for name, value in told if name not in _UNTOLD)


def _quoted(name: str, value: str) -> str:
    if name.endswith(_HIDDEN):
        return '"*****"'
    value = {"true": "yes", "false": "no"}.get(value, value)
    if re.fullmatch(r"[\w./:,*!-]+", value, re.ASCII):
        return value
    escaped = re.sub(r'(["\\$?])', r"\\\1", value).replace("\r", "\\r").replace("\n", "\\n")
    return f'"{escaped}"'
