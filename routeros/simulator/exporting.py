"""``/export``: a router's configuration as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.versions import Version
from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats, naming
from routeros.simulator.doors.wire import Call
from routeros.simulator.faults import Kind
from routeros.simulator.fields import present, switch
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Refused, Row
from routeros.simulator.router import Router
from routeros.simulator.wrapping import quoted, wrapped

FIRST: Final = (
    "/caps-man/channel",
    "/caps-man/datapath",
    "/caps-man/security",
    "/caps-man/configuration",
    "/caps-man/interface",
    "/interface/bridge",
    "/interface/wireless",
    "/interface/ethernet",
    "/interface/wireguard",
    "/interface/bonding",
    "/interface/vlan",
    "/interface/list",
    "/interface/wifi/channel",
    "/interface/wifi/datapath",
    "/interface/wifi/security",
    "/interface/wifi/configuration",
    "/interface/wifi",
    "/interface/wireless/security-profiles",
    "/ip/pool",
    "/ip/dhcp-server",
    "/ip/vrf",
    "/port",
    "/ppp/profile",
    "/interface/pppoe-client",
    "/queue/type",
    "/queue/tree",
    "/routing/bgp/instance",
    "/routing/bgp/template",
    "/routing/ospf/instance",
    "/routing/ospf/area",
    "/snmp/community",
    "/system/logging/action",
    "/user/group",
)
"""Menus that others refer to; these come first, the others by name."""

PHYSICAL: Final = frozenset({"name", "mac-address", "l2mtu", "mtu", "port", "max-sessions"})
"""What a row that cannot be added brings with it; of the rest it has nothing but defaults."""

FACTORY: Final[Mapping[str, Row]] = {"/system/identity": {"name": "MikroTik"}}
NEVER: Final = frozenset(
    {"/interface", "/user", "/user/ssh-keys", "/file", "/certificate", "/system/device-mode", "/system/license"}
)
"""Menus that are no part of an export: their rows are in others, or are secrets."""

ALWAYS: Final[Mapping[str, frozenset[str]]] = {
    **{f"/ip/firewall/{table}": frozenset({"action"}) for table in ("filter", "nat", "mangle", "raw")},
    "/ipv6/firewall/filter": frozenset({"action"}),
    "/ip/route": frozenset({"dst-address"}),
    "/port": frozenset({"name"}),
    "/system/scheduler": frozenset({"policy"}),
    "/system/script": frozenset({"dont-require-permissions", "policy"}),
}
"""Properties that are told even where they are the default."""

ERRORS: Final = Version(7, 11)
PATHS: Final = Version(7, 23)
GROUPS: Final = Version(7, 0)


@dataclass(frozen=True, slots=True)
class Style:
    """How to export: everything (verbose) or what differs from the defaults, a line for each, secrets or not.

    ``path`` leaves out the menus elsewhere, ``keep`` rows.
    """

    verbose: bool = False
    terse: bool = False
    sensitive: bool = False
    path: str = ""
    keep: Callable[[Row], bool] = bool


def style(router: Router, call: Call) -> Style:
    """Read how an export is asked for; raises Refused. Version 6 shows secrets unless it is told to hide them."""
    said, version = call.attributes, router.model.version
    known = {"file", "compact", "verbose", "terse", "hide-sensitive"}
    known |= {"show-sensitive"} if version.major > 6 else set()
    known |= {"path"} if version >= PATHS else set()
    for name in said:
        if name not in known:
            raise Refused(f"unknown parameter {name}", MISSING)
    shows = "show-sensitive" in said if version.major > 6 else "hide-sensitive" not in said
    path = said.get("path", call.menu).replace(" ", "/").rstrip("/")
    return Style("verbose" in said, "terse" in said, shows, path)


def export(router: Router, style: Style) -> str:
    """Write the configuration as ``/export`` does, lines ended by ``\\n``."""
    lines = list(_header(router))
    known = menus(router.model)
    stuck = _stuck(router)
    for path in sorted(known, key=_rank):
        if path in NEVER or known[path].bare or not f"{path}/".startswith(f"{style.path}/"):
            continue
        if path in stuck:
            lines.append(f'#error exporting "{path}" (timeout)')
            continue
        lines += _section(router, known[path], style)
    return "".join(f"{line}\n" for line in lines)


def _stuck(router: Router) -> Sequence[str]:
    """Tell the menus that do not answer while they are exported; earlier versions waited for them."""
    fault = router.faults.get(Kind.STUCK_EXPORT)
    return fault.text("menu").split(",") if fault and router.model.version >= ERRORS else ()


def _rank(path: str) -> tuple[int, str]:
    return (FIRST.index(path) if path in FIRST else len(FIRST), path)


def _header(router: Router) -> Iterator[str]:
    model = router.model
    yield f"# {formats.moment(model.version, router.local(router.now()))} by RouterOS {model.version}"
    if not model.persona.board.model:
        yield f"# system id = {naming.system_id(model.root)}"
        yield "#"
        return
    yield f"# software id = {naming.software_id(model.root)}"
    yield "#"
    yield f"# model = {model.persona.board.model}"
    yield f"# serial number = {model.serial}"


def _section(router: Router, menu: Menu, style: Style) -> list[str]:
    path = "/" + menu.path[1:].replace("/", " ")
    said = [line for line in _lines(router, menu, style) if line]
    if style.terse:
        return [f"{path} {line}" for line in said]
    return [path, *map(wrapped, said)] if said else []


def _lines(router: Router, menu: Menu, style: Style) -> Iterator[str]:
    """Write the rows of a menu that are configuration and not as the factory made them."""
    if not menu.writable:
        return
    made = {row.get(".id", ""): row for row in menu.stored(router.model)}
    for place, row in enumerate(selecting.rows(router, menu)):
        full = menu.full(row)
        if menu.is_dynamic(row) or not style.keep(full):
            continue
        if menu.single:
            told = _told(router, menu, full, FACTORY.get(menu.path, {}), style)
            yield f"set {told}" if told else ""
        elif (base := _made(menu, row, made)) is None:
            yield f"add {_told(router, menu, full, {}, style)}".rstrip()
        else:
            told = _told(router, menu, full, base, style)
            yield f"set {_finder(menu, row, place)} {told}" if told else ""


def _made(menu: Menu, row: Row, made: Mapping[str, Row]) -> Row | None:
    """Tell what the factory gave a row that is there from the start; None for one that was added."""
    first = made.get(row.get(".id", ""))
    if menu.required is None:
        return {name: value for name, value in (first or {}).items() if name in PHYSICAL} | _shut(menu, row)
    if menu.kept(row) is not None or (menu.anchor == "number" and first is not None):
        return dict(first or {})
    return None


def _shut(menu: Menu, row: Row) -> Row:
    """Tell that a service is shut as long as nobody opens it."""
    return {"disabled": "true"} if menu.path == "/ip/service" and row.get("name") == "www-ssl" else {}


def _finder(menu: Menu, row: Row, place: int) -> str:
    """Write which row a command means."""
    if menu.anchor == "number":
        return str(place)
    if menu.anchor == "name":
        return quoted(row.get("name", ""))
    value = row.get(menu.anchor, "yes" if menu.anchor == "default" else "")
    return f"[ find {menu.anchor}={quoted(value)} ]"


def _told(router: Router, menu: Menu, row: Row, made: Row, style: Style) -> str:
    """Write a row's properties in the order of their names, those with a common group cut short from version 7 on."""
    words: list[str] = []
    group = ""
    for name in _names(menu, row, made, style):
        above, _, last = name.rpartition(".")
        cut = above and above == group and router.model.version >= GROUPS
        value = row[name]
        if menu.writable[name] is switch:
            value = {"true": "yes", "false": "no"}.get(value, value)
        bare = menu.writable[name] is present and value == "true"
        words.append(name if bare else f"{'.' + last if cut else name}={quoted(value)}")
        group = above or group
    return " ".join(words)


def _names(menu: Menu, row: Row, made: Row, style: Style) -> Sequence[str]:
    hidden = frozenset() if style.sensitive else menu.secrets
    usual = {**menu.defaults, **made}
    always = ALWAYS.get(menu.path, frozenset())
    return [
        name
        for name in sorted(menu.writable)
        if name in row
        and name not in hidden
        and (
            style.verbose
            or name in always
            or row[name] != usual.get(name, "" if name not in (menu.required or ()) else None)
        )
    ]
