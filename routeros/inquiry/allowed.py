"""Which commands only ask, and with which bounds: the list by which people are let at a device's console.

What is not on it is refused. What writes is refused with where it belongs: a change goes through a push.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from fleet.errors import BadInput, Forbidden
from fleet.questions import Keep
from routeros import values

MENU: Final = re.compile(r"(?:/[a-z0-9][a-z0-9-]{0,40}){0,8}\Z")
VERB: Final = re.compile(r"[a-z][a-z-]{0,40}\Z")
PROPERTY: Final = re.compile(r"\.?[a-zA-Z0-9][a-zA-Z0-9.-]{0,60}\Z")

_BARE: Final = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z")
"""Seconds as people write them, which not every command takes."""

WRITES: Final = frozenset(
    {"add", "set", "remove", "move", "enable", "disable", "unset", "comment", "edit", "reset", "import", "export"}
)
"""What changes a configuration; ``export`` because it writes a file, and is what backups are for."""

Bounds: TypeAlias = Mapping[str, str]


class NeedsPush(BadInput):
    """A command that changes the device."""

    code = "needs_push"


class Refused(Forbidden):
    """A command that is not on the list of what may be asked."""

    code = "command_refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """A command as it was asked for: the menu, the verb, and what is said with it.

    ``where`` picks rows by what their properties are, ``properties`` are those to tell, all if there are none.
    """

    menu: str
    verb: str
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    where: Mapping[str, str] = field(default_factory=dict, repr=False)
    properties: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The menu with the verb, as the API names it."""
        return f"{self.menu}/{self.verb}"


@dataclass(frozen=True, slots=True)
class Asking:
    """A command that may be asked: the attributes to send, and which of its rows count."""

    command: str
    attributes: Bounds
    keep: Keep = Keep.FIRST


@dataclass(frozen=True, slots=True)
class Tool:
    """What may be said with a command. ``bounds`` are numbers and the most that each may be; ``always`` is sent.

    ``spans`` are times in seconds and the most that each may be; where one is not given, that is what is sent.
    """

    takes: frozenset[str]
    bounds: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[str, float] = field(default_factory=dict)
    always: Bounds = field(default_factory=dict)
    usual: Bounds = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    keep: Keep = Keep.FIRST


@dataclass(frozen=True, slots=True)
class Extra(Tool):
    """A tool that a tenant lets its administrators use; ``warning`` is what it does to the device meanwhile."""

    warning: str = ""


_PLACE = ("address", "src-address", "interface", "vrf", "routing-table", "size", "dscp", "do-not-fragment")
PING: Final = Tool(
    frozenset({*_PLACE, "count", "interval", "ttl", "arp-ping"}),
    bounds={"count": 20, "size": 65535},
    spans={"interval": 1.0},
    usual={"count": "5"},
    needs=("address",),
)
_SCAN = frozenset({"duration", "interface", "number", "numbers"})
TOOLS: Final[Mapping[str, Tool]] = {
    "/ping": PING,
    "/tool/ping": PING,
    "/tool/traceroute": Tool(
        frozenset({*_PLACE, "count", "max-hops", "timeout", "protocol", "port", "use-dns"}),
        bounds={"count": 3, "max-hops": 40, "size": 65535},
        spans={"timeout": 0.5},
        usual={"count": "1", "use-dns": "no", "max-hops": "30"},
        needs=("address",),
        keep=Keep.SECTION,
    ),
    "/tool/torch": Tool(
        frozenset(
            {"interface", "src-address", "dst-address", "src-address6", "dst-address6", "port", "ip-protocol"}
            | {"mac-protocol", "vlan-id", "dscp", "duration"}
        ),
        spans={"duration": 10.0},
        needs=("interface",),
        keep=Keep.SECTION,
    ),
}
"""Beside ``print`` and what monitors, what whoever controls devices may ask of each of them."""

EXTRAS: Final[Mapping[str, Extra]] = {
    "/tool/profile": Extra(
        frozenset({"cpu", "duration"}), spans={"duration": 10.0}, keep=Keep.SECTION, warning="It costs some CPU."
    ),
    "/tool/ip-scan": Extra(
        frozenset({"address-range", *_SCAN}),
        spans={"duration": 15.0},
        keep=Keep.SECTION,
        warning="It sends to every address of a network.",
    ),
    "/tool/mac-scan": Extra(
        _SCAN, spans={"duration": 10.0}, needs=("interface",), keep=Keep.SECTION, warning="It sends broadcasts."
    ),
    "/interface/wireless/scan": Extra(
        _SCAN, spans={"duration": 10.0}, keep=Keep.SECTION, warning="Clients of the radio are cut off meanwhile."
    ),
    "/interface/wifi/scan": Extra(
        _SCAN, spans={"duration": 10.0}, keep=Keep.SECTION, warning="Clients of the radio are cut off meanwhile."
    ),
    "/interface/ethernet/cable-test": Extra(
        frozenset({"numbers"}),
        always={"once": ""},
        needs=("numbers",),
        warning="The port may lose its link for some seconds.",
    ),
    "/system/package/update/check-for-updates": Extra(
        frozenset({"duration"}),
        spans={"duration": 15.0},
        keep=Keep.SECTION,
        warning="The device asks MikroTik's servers.",
    ),
}
"""What a tenant may allow its administrators beyond that."""

LOG: Final = "/log"
"""Of a log the newest lines count."""

PRINT: Final = Tool(frozenset({"detail", "stats"}))
MONITOR: Final = Tool(frozenset({"numbers", "interface", ".id"}), always={"once": ""})
MONITORS: Final = re.compile(r"monitor(?:-traffic|-peers|-slaves)?\Z")


def asks(wish: Wish, extras: Collection[str] = frozenset(EXTRAS)) -> Asking:
    """Make of a wish what may be asked, within its bounds.

    ``extras`` are those of EXTRAS that are allowed here. Raises NeedsPush for what writes, Refused for all else that
    is not on the list, BadInput for what is said wrongly.
    """
    if not MENU.match(wish.menu) or not VERB.match(wish.verb):
        raise BadInput("That is no menu and command.", "Write a menu as /ip/address, and a command as print.")
    tool = _tool(wish, extras)
    printing = tool is PRINT
    if not printing and (wish.where or wish.properties):
        raise BadInput("Only print picks rows and properties.", "Leave `where` and `properties` out.")
    for name in (*wish.where, *wish.properties):
        if not PROPERTY.match(name):
            raise BadInput(f"{name[:60]!r} is no name of a property.", "Write it as the console does: dst-address.")
    keep = Keep.NEWEST if printing and wish.menu == LOG else tool.keep
    return Asking(wish.command, _within(tool, wish.attributes), keep)


def _tool(wish: Wish, extras: Collection[str]) -> Tool:
    command = wish.command
    if wish.verb == "print" and wish.menu:
        return PRINT
    if MONITORS.match(wish.verb) and wish.menu:
        return MONITOR
    if found := TOOLS.get(command):
        return found
    if command in EXTRAS and command in extras:
        return EXTRAS[command]
    if wish.verb in WRITES or wish.verb.startswith("reset"):
        raise NeedsPush(
            f"{command} changes the device, and here nothing is changed.",
            "Push it: the change is checked, can be undone, and is on record.",
        )
    if command in EXTRAS:
        raise Refused(
            f"{command} is not allowed here.", "A tenant_admin may use it once the tenant's settings allow it."
        )
    raise Refused(
        f"{command} is not on the list of what may be asked.",
        f"Use print or monitor of a menu, or one of {', '.join(sorted(TOOLS))}.",
    )


def _within(tool: Tool, given: Bounds) -> Bounds:
    """Hold what is said to the bounds; raises BadInput."""
    for name in given:
        if name not in tool.takes and name not in tool.always:
            there = ", ".join(sorted(tool.takes))
            raise BadInput(f"{name[:60]!r} cannot be given here.", f"Give {there}.")
    for name in tool.needs:
        if not given.get(name):
            raise BadInput(f"It is not said which {name}.", f"Give {name}.")
    said = {**tool.usual, **given}
    for name, most in tool.bounds.items():
        if name in said and not (said[name].isdecimal() and 1 <= int(said[name]) <= most):
            raise BadInput(f"{name} is a number from 1 to {most}.", f"Give {name} within that.")
    for name, longest in tool.spans.items():
        said[name] = _span(name, said.get(name), longest)
    return {**said, **tool.always}


def _span(name: str, text: str | None, longest: float) -> str:
    if text is None:
        return f"{longest:g}s"
    try:
        seconds = float(text) if _BARE.match(text) else values.duration(text).total_seconds()
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= longest:
        raise BadInput(f"{name} is a time of at most {longest:g} seconds.", f"Give {name} as 500ms or 2s.")
    return f"{round(1000 * seconds)}ms" if _BARE.match(text) else text
