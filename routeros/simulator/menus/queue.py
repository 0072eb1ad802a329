"""Queues with what went through them: ``/queue/simple``, ``/queue/tree`` and their types."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import references
from routeros.simulator.device import formats, lan, subscribers
from routeros.simulator.device.model import Model
from routeros.simulator.device.subscribers import Subscriber
from routeros.simulator.fields import Field, flag, one_of, ref, span, text, whole, words_of
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router
from routeros.simulator.rules import numbered
from routeros.simulator.tally import Tally, resets

SIZE = r"\d+[kMG]?(/\d+[kMG]?)?"
BUILTIN = {
    "default": "pfifo", "ethernet-default": "pfifo", "wireless-default": "sfq", "synchronous-default": "red",
    "hotspot-default": "sfq", "pcq-upload-default": "pcq", "pcq-download-default": "pcq",
    "only-hardware-queue": "none", "multi-queue-ethernet-default": "mq-pfifo", "default-small": "pfifo",
}  # fmt: skip


def _simple(model: Model) -> list[Row]:
    """A gateway holds its guests' network down."""
    return numbered(
        [{"name": f"{net.name}-limit", "target": net.network, "max-limit": "20M/50M"} for net in lan.nets(model)[1:]]
    )


def _show_simple(router: Router, rows: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    """A simple queue tells what went up and down."""
    made = len(_simple(router.model))
    shown = []
    for row in rows:
        up, packets = router.part(Tally).read(SIMPLE.path, row, made)
        busy = int(up % 4_000_000) if up else 0
        shown.append(
            {
                **row,
                "bytes": f"{up}/{9 * up}",
                "packets": f"{packets}/{7 * packets}",
                "dropped": f"0/{packets // 400}",
            }
            | {"rate": f"{busy}/{5 * busy}", "packet-rate": f"{busy // 6400}/{5 * busy // 8000}"}
            | {"queued-bytes": "0/0", "queued-packets": "0/0", "dynamic": "false"}
            | {"invalid": formats.flag(references.lost(router, SIMPLE.path, row))}
        )
    return shown + [_subscribed(one) for one in subscribers.present(router.model, router.now())]


def _subscribed(one: Subscriber) -> Row:
    """The queue that a dial-in brings with it."""
    up, down = one.uploaded, one.downloaded
    busy = up % (1_000_000 * one.plan[0])
    return {
        ".id": f"*{0xF00000 + one.place:X}",
        "name": f"<pppoe-{one.name}>",
        "target": f"<pppoe-{one.name}>",
        **dict.fromkeys(LIMITS, "0/0"),
        "max-limit": f"{one.plan[0]}000000/{one.plan[1]}000000",
        "parent": "none",
        "priority": "8/8",
        "queue": "default-small/default-small",
        "bytes": f"{up}/{down}",
        "packets": f"{up // 180}/{down // 1100}",
        "dropped": f"0/{down // 900_000}",
        "rate": f"{busy}/{busy * one.plan[1] // one.plan[0]}",
        "packet-rate": f"{busy // 6400}/{busy // 8000}",
        **dict.fromkeys(("queued-bytes", "queued-packets"), "0/0"),
        "dynamic": "true",
        "invalid": "false",
        "disabled": "false",
    }


LIMITS: dict[str, Field] = {
    name: words_of(SIZE, "0/0") for name in ("max-limit", "limit-at", "burst-limit", "burst-threshold")
}
SIMPLE = Menu(
    "/queue/simple",
    _simple,
    _show_simple,
    fields={
        "name": text(),
        "target": text(),
        "dst": text(),
        "parent": ref("/queue/simple", "none", also="none"),
        "packet-marks": text(""),
        "priority": words_of(r"[1-8](/[1-8])?", "8/8"),
        "queue": text("default-small/default-small"),
        **LIMITS,
        "burst-time": text("0s/0s"),
        "bucket-size": text("0.1/0.1"),
        "time": text(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("target",),
    unique={("name",): "failure: already have simple queue with such name"},
    commands=resets("/queue/simple"),
    ordered=True,
    unset=True,
    reset=True,
    prints=frozenset({"bytes", "oid", "packets", "rate", "stats"}),
)


def _show_tree(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    shown = []
    for row in rows:
        count, packets = router.part(Tally).read(TREE.path, row, 0)
        shown.append(
            {**row, "bytes": str(count), "packets": str(packets), "dropped": "0", "rate": "0", "packet-rate": "0"}
            | {"queued-bytes": "0", "queued-packets": "0"}
            | {"invalid": formats.flag(references.lost(router, TREE.path, row))}
        )
    return shown


TREE = Menu(
    "/queue/tree",
    show=_show_tree,
    fields={
        "name": text(),
        "parent": ref(f"/queue/tree {ports.STORE}", also="global"),
        "packet-mark": text(""),
        "priority": whole(1, 8, "8"),
        "queue": ref("/queue/type", "default-small"),
        **{name: words_of(SIZE, "0") for name in LIMITS},
        "burst-time": span("0s"),
        "bucket-size": text("0.1"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("parent",),
    unique={("name",): "failure: already have queue with such name"},
    commands=resets("/queue/tree"),
    reset=True,
    prints=frozenset({"bytes", "oid", "packets", "rate", "stats"}),
)


def _types(_: Model) -> list[Row]:
    return numbered([{"name": name, "kind": kind} for name, kind in BUILTIN.items()])


TYPE = Menu(
    "/queue/type",
    _types,
    lambda _, rows, __: [{**row, "default": formats.flag(row["name"] in BUILTIN)} for row in rows],
    fields={
        "name": text(),
        "kind": one_of("bfifo cake codel fq-codel mq-pfifo none pcq pfifo red sfq"),
        "pfifo-limit": whole(1, 10**6, "50"),
        "bfifo-limit": whole(1, 10**9, "15000"),
        "mq-pfifo-limit": whole(1, 10**6, "50"),
        "sfq-perturb": whole(0, 10**6, "5"),
        "sfq-allot": whole(0, 32767, "1514"),
        "red-limit": whole(0, 10**6, "60"),
        "red-min-threshold": whole(0, 10**6, "10"),
        "red-max-threshold": whole(0, 10**6, "50"),
        "red-burst": whole(0, 10**6, "20"),
        "red-avg-packet": whole(1, 65535, "1000"),
        "pcq-rate": words_of(SIZE, "0"),
        "pcq-limit": text("50"),
        "pcq-total-limit": text("2000"),
        "pcq-classifier": text(""),
        "fq-codel-limit": whole(1, 10**6, "10240"),
        "fq-codel-flows": whole(1, 65536, "1024"),
        "cake-diffserv": one_of("besteffort diffserv3 diffserv4 diffserv8 precedence", "diffserv3"),
        "cake-rtt": span("100ms"),
    },
    required=("name", "kind"),
    unique={("name",): "failure: already have queue type with such name"},
    kept=lambda row: "failure: can not remove default queue type" if row["name"] in BUILTIN else None,
    reset=True,
)
