"""What the firewall knows beside its rules: address lists, connections and how long it remembers them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

import numpy as np

from fleet.versions import Version
from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import flag, one_of, since, span, text, words_of
from routeros.simulator.menu import Menu, lone
from routeros.simulator.outcome import Row
from routeros.simulator.router import Change, Router
from routeros.values import duration

ADDRESS = r"[0-9a-zA-Z_.:-]+(/\d{1,3})?(-[0-9.]+)?"


APART = Version(7, 20)
"""From here on connections are counted for each version of IP too."""


def _listed(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    own = {"list": "management", "address": f"{lan.site_prefix(model)}.0/24", "creation-time": "1970-01-02 00:00:10"}
    return [{".id": "*1", **own}]


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    return [{**row, "dynamic": row.get("dynamic", "false")} for row in rows]


def _admit(router: Router, _: Iterable[Row], row: Row) -> None:
    """An entry with a time-out is dynamic: it is neither exported nor does it survive a boot."""
    row["creation-time"] = formats.moment(router.model.version, router.local(router.now()))
    if "timeout" in row:
        row["dynamic"] = "true"
        router.part(Lapses).keep(row)


class Lapses:
    """A part of a router: the entries whose time runs."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._stops: dict[tuple[str | None, ...], Callable[[], None]] = {}
        router.down.append(self._down)

    def keep(self, row: Row) -> None:
        """Let an entry go when its time is over; one that took its place meanwhile stays."""
        mark = _mark(row)
        if mark in self._stops:
            self._stops[mark]()
        self._stops[mark] = self._router.timers.later(duration(row["timeout"]), lambda: self._lapse(mark))

    def _lapse(self, mark: tuple[str | None, ...]) -> None:
        del self._stops[mark]
        self._drop(lambda kept: _mark(kept) == mark)

    def _down(self) -> None:
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        self._drop(lambda kept: "timeout" in kept)

    def _drop(self, over: Callable[[Row], bool]) -> None:
        table = self._router.table(LIST.table, LIST.stored)
        for kept in [kept for kept in table if over(kept)]:
            del table.rows[kept[".id"]]
            self._router.changed(Change(LIST.path, LIST.table, kept, None))


def _mark(row: Row) -> tuple[str | None, ...]:
    return tuple(row.get(name) for name in ("list", "address", "creation-time", "timeout"))


LIST = Menu(
    "/ip/firewall/address-list",
    _listed,
    _show,
    fields={
        "list": text(),
        "address": words_of(ADDRESS),
        "timeout": span(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("list", "address"),
    unique={("list", "address"): "failure: already have such entry"},
    admit=_admit,
    kept=lambda _: None,
    marks=(),
    reset=True,
)


def entries(router: Router) -> int:
    """Tell how many connections are followed now: more at busy hours, and none where no rule of a firewall asks."""
    model = router.model
    if model.persona.role is not Role.GATEWAY:
        return 0
    at = router.now()
    level = float(model.rhythm.level(np.array([at]))[0])
    return max(1, int(90 * level * (0.9 + 0.2 * (key(model.root, int(at // 10)) / 2**64))))


def _connections(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    at = router.now()
    hosts = list(lan.hosts(router.model, at)) or None
    rows = []
    for place in range(entries(router)):
        number = key(router.model.root, "connection", place, int((at + 7 * place) // 600))
        source = hosts[number % len(hosts)].address if hosts else lan.own_address(router.model)
        far = f"93.{number >> 8 & 127}.{number >> 16 & 255}.{1 + (number >> 24) % 250}"
        rows.append(_connection(place, number, source, far))
    return rows


def _connection(place: int, number: int, source: str, far: str) -> Row:
    udp = number % 3 == 0
    port, sent = 49152 + number % 16000, 400 + number % 900_000
    row = {
        ".id": f"*{0x100 + place:X}",
        "protocol": "udp" if udp else "tcp",
        "src-address": f"{source}:{port}",
        "dst-address": f"{far}:{'53' if udp else '443'}",
        "reply-src-address": f"{far}:{'53' if udp else '443'}",
        "reply-dst-address": f"{source}:{port}",
        "timeout": formats.span(10 + number % (170 if udp else 86_000)),
    }
    row |= {} if udp else {"tcp-state": "established"}
    row |= dict.fromkeys(("seen-reply", "confirmed"), "true") | dict.fromkeys(
        ("expected", "dying", "dstnat"), "false"
    )
    row |= {"assured": formats.flag(not udp), "srcnat": "true", "fasttrack": formats.flag(not udp)}
    counts = {"orig-packets": sent // 120, "orig-bytes": sent, "repl-packets": sent // 100, "repl-bytes": 9 * sent}
    return row | {name: str(value) for name, value in counts.items()}


CONNECTION = Menu("/ip/firewall/connection", show=_connections, marks=())


def _tracking(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    count = entries(router)
    most = 2**20 if router.model.persona.board.memory > 2**28 else 2**15
    measured = {"active-ipv4": "true", "active-ipv6": "true"} if router.model.version.major > 6 else {}
    if router.model.version >= APART:
        measured |= {"total-ip4-entries": str(count), "total-ip6-entries": "0"}
    return [{**row, **measured, "max-entries": str(most), "total-entries": str(count)} for row in rows]


TRACKING = Menu(
    "/ip/firewall/connection/tracking",
    lone,
    _tracking,
    single=True,
    fields={
        "enabled": one_of("auto no yes", "auto"),
        "generic-timeout": span("10m"),
        "icmp-timeout": span("10s"),
        "loose-tcp-tracking": flag(True),
        "liberal-tcp-tracking": since("7.20", flag()),
        **{
            f"tcp-{name}-timeout": span(default)
            for name, default in {
                "close": "10s", "close-wait": "10s", "established": "1d", "fin-wait": "10s", "last-ack": "10s",
                "max-retrans": "5m", "syn-received": "5s", "syn-sent": "5s", "time-wait": "10s", "unacked": "5m",
            }.items()
        },
        "udp-stream-timeout": span("3m"),
        "udp-timeout": span("10s"),
    },
)  # fmt: skip
