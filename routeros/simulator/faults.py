"""What can be wrong with a router on purpose, so that a client can be seen to bear it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from fleet.errors import BadInput
from routeros.simulator.device.noise import draw, key

Option: TypeAlias = float | str


class Kind(StrEnum):
    """What there is; ``SORTS`` says what each does."""

    NONE = "none"
    GARBAGE = "garbage"
    DOWN = "down"
    SLOW = "slow"
    DELAY = "delay"
    LATE = "late"
    DROP = "drop"
    SILENT = "silent"
    HALF_OPEN = "half-open"
    FLAP = "flap"
    TRICKLE = "trickle"
    SPLIT = "split"
    GLUE = "glue"
    TRAP = "trap"
    REFUSE_LOGIN = "refuse-login"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - the name of a fault
    SESSION_LIMIT = "session-limit"
    BAD_TLS = "bad-tls"
    EXPIRED = "expired-certificate"
    CHANGED = "changed-certificate"
    NO_CERTIFICATE = "no-certificate"
    REBOOT = "reboot"
    REBOOT_LOOP = "reboot-loop"
    STAYS_DOWN = "stays-down"
    POWER_LOSS = "power-loss"
    OLD_VERSION = "old-version"
    DISK_FULL = "disk-full"
    CLOCK_1970 = "clock-1970"
    COUNTER_RESET = "counter-reset"
    REAPPEAR = "reappear"
    LINK_FLAP = "link-flap"
    STUCK_EXPORT = "stuck-export"


@dataclass(frozen=True, slots=True)
class Sort:
    """What a fault does, in one line, and its options as they are without a word. ``passing``: it is done at once."""

    help: str
    options: Mapping[str, Option] = field(default_factory=dict)
    passing: bool = False


def _seconds(span: float) -> Mapping[str, Option]:
    return {"seconds": span}


SORTS: Mapping[Kind, Sort] = {
    Kind.NONE: Sort("lifts every fault of the device"),
    Kind.GARBAGE: Sort("replies that are nonsense"),
    Kind.DOWN: Sort("sessions are cut and connections reset"),
    Kind.SLOW: Sort("every reply is so late", _seconds(15.0)),
    Kind.DELAY: Sort("every reply takes so long, as over a long line", _seconds(0.1)),
    Kind.LATE: Sort(
        "one command of so many is answered so late, the others at once", {"seconds": 15.0, "every": 3.0}
    ),
    Kind.DROP: Sort("this share of the commands is never answered", {"share": 0.2}),
    Kind.SILENT: Sort("connections are taken and nothing is ever said, as where a host is gone"),
    Kind.HALF_OPEN: Sort("a session says nothing more after so many commands, and stays open", {"after": 0.0}),
    Kind.FLAP: Sort("one poll of so many ends with the session, unanswered", {"every": 1.0}),
    Kind.TRICKLE: Sort("replies come byte by byte, with so long between them", _seconds(0.0)),
    Kind.SPLIT: Sort("replies come in segments of so many bytes", {"size": 7.0}),
    Kind.GLUE: Sort("replies wait so long for others and come in one segment", _seconds(0.05)),
    Kind.TRAP: Sort(
        "what begins with this menu is refused, with message and category",
        {"menu": "/", "message": "action timed out - try again, if error continues contact support", "category": 2.0},
    ),
    Kind.REFUSE_LOGIN: Sort("nobody is let in"),
    Kind.WRONG_PASSWORD: Sort("the password is not the one that is listed"),
    Kind.SESSION_LIMIT: Sort("a service takes so many sessions", {"most": 1.0}),
    Kind.BAD_TLS: Sort("the TLS handshake is answered with nonsense"),
    Kind.EXPIRED: Sort("the certificate is an old one that ran out"),
    Kind.CHANGED: Sort("the certificate is not the one that is listed"),
    Kind.NO_CERTIFICATE: Sort("api-ssl has no certificate: anonymous Diffie-Hellman"),
    Kind.REBOOT: Sort("restarts now", passing=True),
    Kind.REBOOT_LOOP: Sort("restarts again so long after each start", _seconds(30.0)),
    Kind.STAYS_DOWN: Sort("does not come up from its next restart until this is lifted"),
    Kind.POWER_LOSS: Sort("loses power for so long; what was open hears nothing", _seconds(5.0), passing=True),
    Kind.OLD_VERSION: Sort("an upgrade is not installed: it comes back as it was"),
    Kind.DISK_FULL: Sort("there is no room for a file or a package"),
    Kind.CLOCK_1970: Sort("the wall clock starts in 1970"),
    Kind.COUNTER_RESET: Sort("the counters of all interfaces begin at 0", passing=True),
    Kind.REAPPEAR: Sort("an interface goes and comes with another .id", {"interface": "bridge"}, passing=True),
    Kind.LINK_FLAP: Sort("a link is down for so long", {"interface": "ether2", "seconds": 5.0}, passing=True),
    Kind.STUCK_EXPORT: Sort("these menus cannot be exported in time (from 7.11 on)", {"menu": "/interface/bridge"}),
}
LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with all its options."""

    kind: Kind
    options: Mapping[str, Option] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """Tell an option that is a number."""
        return float(self.options.get(name, SORTS[self.kind].options[name]))

    def text(self, name: str) -> str:
        """Tell an option that is a text."""
        return str(self.options.get(name, SORTS[self.kind].options[name]))


GARBAGE = b"\x03!re\x07=uptime\xff\xf8" + bytes(range(0x80, 0x100))
"""A reply that begins well and goes on in reserved control bytes."""


@dataclass(frozen=True, slots=True)
class Order:
    """A fault for some devices of a fleet: one, a range of them, or a share that the seed chooses."""

    fault: Fault
    first: int = 0
    last: int | None = None
    share: float = 1.0

    def hits(self, seed: int, index: int) -> bool:
        """Tell whether a device is among them."""
        if index < self.first or (self.last is not None and index > self.last):
            return False
        return self.share >= 1 or draw(key(seed, index, "fault", self.fault.kind)) < self.share


_ORDER = re.compile(
    r"(?:(?P<one>\d{1,9})|(?P<from>\d{1,9})-(?P<to>\d{1,9})|(?P<share>\d{1,3}(?:\.\d{1,9})?)%|\*):(?P<kind>[a-z0-9-]+)"
    r"(?P<options>(?::[a-z]+=[^:]*)*)"
)


def order(text: str) -> Order:
    """Read ``3:slow:seconds=2``, ``0-9:drop``, ``5%:link-flap`` or ``*:delay:seconds=0.02``; raises BadInput."""
    found = _ORDER.fullmatch(text)
    if found is None:
        raise BadInput(
            f"{text!r} is no fault.", "Write it as DEVICES:KIND:OPTION=VALUE, such as 3:slow:seconds=2 or 5%:drop."
        )
    options = dict(pair.split("=", 1) for pair in found["options"].split(":") if pair)
    fault = asked(options | {"kind": found["kind"]})
    if odd := options.keys() - SORTS[fault.kind].options.keys():
        known = ", ".join(SORTS[fault.kind].options) or "none"
        raise BadInput(f"{fault.kind} has no option {min(odd)!r}.", f"Its options: {known}.")
    if found["from"] and int(found["to"]) < int(found["from"]):
        raise BadInput(f"{text!r} is for no device.", "Write a range as 0-9, the lower number first.")
    if found["one"]:
        return Order(fault, int(found["one"]), int(found["one"]))
    if found["from"]:
        return Order(fault, int(found["from"]), int(found["to"]))
    return Order(fault, share=float(found["share"] or 100) / 100)


def asked(request: Mapping[str, Any]) -> Fault:
    """Read a request of the control socket; raises BadInput. What is no option of the kind is passed over."""
    try:
        kind = Kind(str(request.get("kind")))
    except ValueError as error:
        raise BadInput(f"{error}.", f"A kind is one of: {', '.join(Kind)}.") from error
    options = {
        name: _option(name, value, request[name]) for name, value in SORTS[kind].options.items() if name in request
    }
    return Fault(kind, options)


def _option(name: str, usual: Option, value: object) -> Option:
    if isinstance(usual, str):
        return str(value)
    try:
        number = float(str(value))
    except ValueError as error:
        raise BadInput(f"{name}={value} is no number.", "Give a number.") from error
    if not 0 <= number <= LONGEST:
        raise BadInput(f"{name}={value} will not do.", f"Give 0 to {LONGEST:.0f}.")
    return number


def listed() -> str:
    """List the kinds, a line for each with its options."""
    lines = []
    for kind, sort in SORTS.items():
        options = "".join(f":{name}={_plain(value)}" for name, value in sort.options.items() if name != "message")
        lines.append(f"  {kind + options:<36} {sort.help}")
    return "\n".join(lines)


def _plain(value: Option) -> str:
    return value if isinstance(value, str) else f"{value:g}"
