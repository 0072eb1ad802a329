"""What went through each simple queue, what it let fall, and its limits, from ``/queue/simple``.

A concentrator has one for each subscriber, and printing them reads the counters of each: with the slow ones. The
counters miss nothing in between, so increase and rate are those of the whole span.
"""

from __future__ import annotations

from functools import partial

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import lists, values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

family = Family(
    "queues",
    "Simple queues",
    (
        Field("upload_bytes_total", Kind.COUNTER, "bytes", "Uploaded"),
        Field("download_bytes_total", Kind.COUNTER, "bytes", "Downloaded"),
        Field("upload_packets_total", Kind.COUNTER, "packets", "Packets up"),
        Field("download_packets_total", Kind.COUNTER, "packets", "Packets down"),
        Field("upload_drops_total", Kind.COUNTER, "drops", "Upload drops"),
        Field("download_drops_total", Kind.COUNTER, "drops", "Download drops"),
        Field("upload_rate_bps", unit="bits/s", title="Upload rate now"),
        Field("download_rate_bps", unit="bits/s", title="Download rate now"),
        Field("upload_limit_bps", unit="bits/s", title="Upload limit"),
        Field("download_limit_bps", unit="bits/s", title="Download limit"),
        Field("upload_queued_bytes", unit="bytes", title="Waiting to go up"),
        Field("download_queued_bytes", unit="bytes", title="Waiting to go down"),
    ),
    labels=("queue",),
)

COUNTED = {
    "bytes_total": "bytes",
    "packets_total": "packets",
    "drops_total": "dropped",
    "queued_bytes": "queued-bytes",
}
"""Pairs of whole numbers: what follows ``upload_`` and ``download_``, and the property."""

COUNTS = partial(lists.both, parse=values.integer)
RATES = partial(lists.both, parse=values.rate)
NOTHING = (None, None)

command = Command("/queue/simple/print", ("name", *COUNTED.values(), "rate", "max-limit"))


def read(replies: Replies) -> Reading:
    """Read a sample for each queue; a row without a name is passed over."""
    notes = Notes()
    samples = notes.samples(_sample(notes, row) for row in replies[0] or () if row.get("name"))
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, row: Row) -> Sample:
    """A limit of 0 is none."""
    told: dict[str, Value] = {}
    for name, key in COUNTED.items():
        told[f"upload_{name}"], told[f"download_{name}"] = notes.value(row, key, COUNTS) or NOTHING
    told["upload_rate_bps"], told["download_rate_bps"] = notes.value(row, "rate", RATES) or NOTHING
    up, down = notes.value(row, "max-limit", RATES) or NOTHING
    told["upload_limit_bps"], told["download_limit_bps"] = up or None, down or None
    return Sample(told, (values.text(row["name"]),))


collector = Collector("queues", Cycle.SLOW, (command,), family, read)
