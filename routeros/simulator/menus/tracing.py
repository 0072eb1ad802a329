"""What is asked of the wire and of the box itself: ``/tool/traceroute``, ``/tool/torch``, blinking and beeping."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from routeros.simulator.device import lan
from routeros.simulator.device.noise import draw, key
from routeros.simulator.device.persona import Role
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import number
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import seconds
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Repeated, Reply, Row
from routeros.simulator.parts import ports, reach
from routeros.simulator.router import Router

ROUND = 0.2
"""Seconds that one more round of probes takes."""

FLOWS = 6
HOPS = frozenset(
    {"address", "count", "max-hops", "timeout", "protocol", "port", "use-dns", "src-address", "interface", "vrf"}
    | {"size", "dscp", "do-not-fragment", "duration", "routing-table", ".proplist"}
)


def _known(call: Call, names: frozenset[str], needed: str) -> None:
    for name in call.attributes:
        if name not in names:
            raise Refused(f"unknown parameter {name}", MISSING)
    if needed not in call.attributes:
        raise Refused(f"missing value for argument {needed}", MISSING)


def _traceroute(router: Router, call: Call) -> Outcome:
    """Tell the whole way again with each round, as the real one does."""
    said = call.attributes
    _known(call, HOPS, "address")
    host = reach.resolve(router, said["address"])
    rounds = int(number(1, 1000)("count", said.get("count", "3")))
    most = int(number(1, 255)("max-hops", said.get("max-hops", "64")))
    sent = [0]

    def told() -> Sequence[Row]:
        sent[0] += 1
        return [_hop(router, hop, sent[0]) for hop in _way(router, host)[:most]]

    return Repeated(told, ROUND, rounds)


def _way(router: Router, host: str) -> list[str]:
    """Tell the addresses on the way to a host; an empty one did not answer."""
    model = router.model
    near = [] if model.persona.role is Role.GATEWAY else [f"{lan.site_prefix(model)}.1"]
    if reach.path(router, host, router.now()) is None:
        return [*near, "", "", ""]
    if ip_address(host).is_private or ip_address(host).is_loopback:
        return [host]
    _, far = lan.uplink(model)
    return [*near, far, host]


def _hop(router: Router, address: str, sent: int) -> Row:
    if not address:
        return {"address": "", "loss": "100", "sent": str(sent), "status": "", "last": "timeout"}
    base = draw(key(router.model.root, address), 0.3, 9.0)
    times = [base * draw(key(address, n), 0.9, 1.3) for n in range(sent)]
    best, worst, mean = min(times), max(times), sum(times) / len(times)
    return {
        "address": address,
        "loss": "0",
        "sent": str(sent),
        "last": f"{times[-1]:.1f}",
        "avg": f"{mean:.1f}",
        "best": f"{best:.1f}",
        "worst": f"{worst:.1f}",
        "std-dev": f"{worst - best:.1f}",
        "status": "",
    }


TORCHED = frozenset(
    {"interface", "src-address", "dst-address", "src-address6", "dst-address6", "port", "ip-protocol", "vlan-id"}
    | {"mac-protocol", "dscp", "duration", "freeze-frame-interval", ".proplist"}
)


def _torch(router: Router, call: Call) -> Outcome:
    """Tell what goes through a port, by who speaks with whom."""
    _known(call, TORCHED, "interface")
    name = call.attributes["interface"]
    if name not in {row["name"] for row in router.table(ports.STORE, ports.stored)}:
        raise Refused("input does not match any value of interface", ARGUMENT)
    count = max(1, round(seconds(call, "duration", ""))) if "duration" in call.attributes else None
    return Repeated(lambda: _flows(router, name), 1.0, count)


def _flows(router: Router, name: str) -> list[Row]:
    hosts = list(lan.hosts(router.model, router.now()))[:FLOWS]
    at = int(router.now())
    rows = [
        {
            "ip-protocol": "tcp",
            "src-address": host.address,
            "dst-address": f"198.18.{n}.10",
            "tx": str(int(draw(key(name, host.address, at), 1e3, 4e6))),
            "rx": str(int(draw(key(host.address, name, at), 1e3, 9e6))),
            "tx-packets": str(int(draw(key(name, n, at), 1, 400))),
            "rx-packets": str(int(draw(key(n, name, at), 1, 900))),
        }
        for n, host in enumerate(hosts)
    ]
    return rows or [{"tx": "0", "rx": "0", "tx-packets": "0", "rx-packets": "0"}]


def _beep(router: Router, call: Call) -> Outcome:
    for name in call.attributes:
        if name not in ("frequency", "length", "as-value"):
            raise Refused(f"unknown parameter {name}", MISSING)
    seconds(call, "length", "100ms")
    router.part(Senses).beeps += 1
    return Reply()


def _blink(router: Router, call: Call) -> Outcome:
    """Blink the lights of ports until it is cancelled."""
    marks = (call.attributes.get("numbers") or call.attributes.get(".id") or "").split(",")
    rows = [row for row in router.table(ports.STORE, ports.stored) if row["type"] == "ether"]
    chosen = [row for row in rows if row["name"] in marks or row[".id"] in marks]
    if len(chosen) != len(marks):
        raise Refused("input does not match any value of interface", ARGUMENT)
    senses = router.part(Senses)
    senses.blinked += [row["name"] for row in chosen]
    return Repeated(lambda: (), 1.0)


class Senses:
    """What somebody in front of the box would have seen and heard; a part of a router."""

    def __init__(self, _: Router) -> None:
        self.beeps = 0
        self.blinked: list[str] = []


TOOL = Menu("/tool", bare=True, commands={"traceroute": _traceroute, "torch": _torch})
TOP = Menu("", bare=True, commands={"beep": _beep})
PORTS = Menu("/interface/ethernet", bare=True, commands={"blink": _blink})
