"""Traffic, errors, drops and link of every interface, from ``/interface``."""

from __future__ import annotations

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

LINKS = ("down", "up", "disabled")

family = Family(
    "interfaces",
    "Interfaces",
    (
        Field("rx_bytes_total", Kind.COUNTER, "bytes", "Received"),
        Field("tx_bytes_total", Kind.COUNTER, "bytes", "Sent"),
        Field("rx_packets_total", Kind.COUNTER, "packets", "Packets received"),
        Field("tx_packets_total", Kind.COUNTER, "packets", "Packets sent"),
        Field("rx_errors_total", Kind.COUNTER, "errors", "Receive errors"),
        Field("tx_errors_total", Kind.COUNTER, "errors", "Send errors"),
        Field("rx_drops_total", Kind.COUNTER, "drops", "Receive drops"),
        Field("tx_drops_total", Kind.COUNTER, "drops", "Send drops"),
        Field("link", Kind.STATE, title="Link", states=LINKS),
    ),
    labels=("interface",),
)

COUNTERS = {
    "rx_bytes_total": "rx-byte",
    "tx_bytes_total": "tx-byte",
    "rx_packets_total": "rx-packet",
    "tx_packets_total": "tx-packet",
    "rx_errors_total": "rx-error",
    "tx_errors_total": "tx-error",
    "rx_drops_total": "rx-drop",
    "tx_drops_total": "tx-drop",
}

command = Command("/interface/print", ("name", "type", *COUNTERS.values(), "running", "disabled"), rows=20_000)
"""``type`` is for the collector of radios, which shares this command; a concentrator has thousands of interfaces."""


def read(replies: Replies) -> Reading:
    """Read a sample for each interface; a row without a name is passed over."""
    notes = Notes()
    samples = notes.samples(_sample(notes, row) for row in replies[0] or [] if row.get("name"))
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, row: Row) -> Sample:
    told: dict[str, Value] = {**notes.counts(row, COUNTERS), "link": _link(notes, row)}
    return Sample(told, (values.text(row["name"]),))


def _link(notes: Notes, row: Row) -> int | None:
    if notes.value(row, "disabled", values.boolean):
        return LINKS.index("disabled")
    running = notes.value(row, "running", values.boolean)
    return None if running is None else int(running)


collector = Collector("interfaces", Cycle.FAST, (command,), family, read)
