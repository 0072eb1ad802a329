"""An export without noise: what differs in it from another one is a difference of the configuration."""

from __future__ import annotations

import re
from typing import Final

from routeros.export.document import Command, Document, parse
from routeros.export.secrets import written

ORDERED: Final = frozenset(
    {
        "/interface/bridge/filter",
        "/interface/bridge/nat",
        "/interface/ethernet/switch/rule",
        "/interface/wifi/access-list",
        "/interface/wifi/provisioning",
        "/interface/wifiwave2/access-list",
        "/interface/wifiwave2/provisioning",
        "/interface/wireless/access-list",
        "/interface/wireless/connect-list",
        "/caps-man/access-list",
        "/caps-man/provisioning",
        "/ip/dns/static",
        "/ip/hotspot/walled-garden",
        "/ip/hotspot/walled-garden/ip",
        "/ip/hotspot/ip-binding",
        "/ip/ipsec/policy",
        "/ip/proxy/access",
        "/ip/proxy/cache",
        "/ip/proxy/direct",
        "/ip/route/rule",
        "/ip/socks/access",
        "/ip/smb/shares",
        "/queue/simple",
        "/routing/filter",
        "/routing/filter/rule",
        "/routing/filter/select-rule",
        "/routing/rule",
        "/user-manager/profile-limitation",
        *(f"/{ip}/firewall/{table}" for ip in ("ip", "ipv6") for table in ("filter", "nat", "mangle", "raw")),
    }
)
"""The menus whose order of rows has a meaning."""

_ERROR: Final = re.compile(r"#\s*error exporting", re.IGNORECASE)
FACTS: Final = (
    ("software_id", "software id"),
    ("system_id", "system id"),
    ("model", "model"),
    ("serial_number", "serial number"),
)


def normalise(document: Document) -> Document:
    """Leave out what changes by itself, and write what means the same in the same way.

    Gone are the date, the states that a device notes in comments (an item's own comment is ``comment=``), joints of
    continued lines and the order of rows where it means nothing; each menu has one section, in the order of the text.
    Version, model and serial number stay, and so does what says that an export is not whole.
    """
    header = document.header
    lines = [f"# by RouterOS {header.version}"] if header.version else []
    lines += [f"# {name} = {getattr(header, field)}" for field, name in FACTS if getattr(header, field)]
    lines += sorted({comment for comment in document.comments if _ERROR.match(comment)})
    for menu, commands in document.sections.items():
        lines.append(menu if menu == "/" else "/" + menu[1:].replace("/", " ")) if menu else None
        told = [normal(command) for command in commands]
        lines += told if menu in ORDERED else sorted_adds(told)
    return parse("".join(f"{line}\n" for line in lines))


def normal(command: Command) -> str:
    """Write a command in one line, its arguments in the order of their names."""
    return written(command, dict(sorted(command.arguments.items())))


def sorted_adds(lines: list[str]) -> list[str]:
    """Sort the rows between commands that are not ``add`` or ``set``: those may need what stands before them."""
    done: list[str] = []
    run: list[str] = []
    for line in lines:
        if line.startswith(("add ", "set ")):
            run.append(line)
        else:
            done += [*sorted(run), line]
            run = []
    return done + sorted(run)


def same(one: Document, other: Document) -> bool:
    """Tell whether two exports say the same."""
    return str(normalise(one)) == str(normalise(other))
