"""Asking whether hosts answer: ``/ping``, ``/tool/ping`` and ``/tool/netwatch``."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import flag, number, one_of, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import seconds
from routeros.simulator.outcome import MISSING, Outcome, Refused, Repeated, Row
from routeros.simulator.parts import reach
from routeros.simulator.router import Router

KNOWN = frozenset(
    {"address", "arp-ping", "as-value", "count", "do-not-fragment", "dscp", "duration", "interface", "interval"}
    | {"proplist", ".proplist", "routing-table", "size", "src-address", "ttl", "vrf", "without-paging"}
)


@dataclass(slots=True)
class Pings:
    """What was sent to one host so far, and the times that came back in milliseconds."""

    router: Router
    host: str
    size: int
    sent: int = 0
    times: list[float] = field(default_factory=list)

    def next(self) -> Sequence[Row]:
        """Send one more and tell how it went, and all so far."""
        way = reach.path(self.router, self.host, self.router.now())
        row = {"seq": str(self.sent), "host": self.host}
        self.sent += 1
        if way is None:
            row["status"] = "timeout"
        else:
            self.times.append(way.milliseconds)
            row |= {"size": str(self.size), "ttl": str(way.ttl), "time": _milliseconds(way.milliseconds)}
        lost = round(100 * (self.sent - len(self.times)) / self.sent)
        row |= {"sent": str(self.sent), "received": str(len(self.times)), "packet-loss": str(lost)}
        return [row | self._bounds()]

    def _bounds(self) -> Row:
        if not self.times:
            return {}
        mean = sum(self.times) / len(self.times)
        told = {"min-rtt": min(self.times), "avg-rtt": mean, "max-rtt": max(self.times)}
        return {name: _milliseconds(value) for name, value in told.items()}


def _milliseconds(value: float) -> str:
    """Write a time as pings do: ``12ms345us``."""
    whole_, rest = divmod(round(1000 * value), 1000)
    return (f"{whole_}ms" if whole_ else "") + (f"{rest}us" if rest or not whole_ else "")


def _ping(router: Router, call: Call) -> Outcome:
    said = call.attributes
    for name in said:
        if name not in KNOWN:
            raise Refused(f"unknown parameter {name}", MISSING)
    if "address" not in said:
        raise Refused("missing value for argument address", MISSING)
    interval = seconds(call, "interval", "1s")
    if not 0.01 <= interval <= 5:
        raise Refused("value of interval out of range (00:00:00.010..00:00:05)", 1)
    size = number(14, 65535)("size", said.get("size", "56"))
    pings = Pings(router, reach.resolve(router, said["address"]), int(size))
    return Repeated(pings.next, interval, _count(call, interval))


def _count(call: Call, interval: float) -> int | None:
    if "count" in call.attributes:
        return int(number(1, 4_294_967_295)("count", call.attributes["count"]))
    if "duration" in call.attributes:
        return max(1, round(seconds(call, "duration", "") / interval))
    return None


PING = Menu("", bare=True, commands={"ping": _ping})
TOOL = Menu("/tool", bare=True, commands={"ping": _ping})


def _watch(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    at = router.now()
    since = formats.moment(router.model.version, router.local(router.booted(at) + 60))
    shown = []
    for row in rows:
        if row["disabled"] == "true":
            shown.append({**row, "status": "unknown"})
            continue
        way = reach.path(router, row["host"], at)
        shown.append({**row, "status": "down" if way is None else "up", "since": since})
    return shown


def _check(router: Router, row: Row) -> None:
    reach.resolve(router, row["host"])


NETWATCH = Menu(
    "/tool/netwatch",
    show=_watch,
    fields={
        "name": text(),
        "host": text(),
        "type": one_of("dns http-get https-get icmp simple tcp-conn", "simple"),
        "interval": span(),
        "timeout": span(),
        "port": whole(1, 65535),
        "src-address": text(),
        "up-script": text(),
        "down-script": text(),
        "test-script": text(),
        "packet-count": whole(1, 65535),
        "start-delay": span(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("host",),
    check=_check,
    marks=("name", "host"),
    unset=True,
    reset=True,
    prints=frozenset({"stats"}),
)
