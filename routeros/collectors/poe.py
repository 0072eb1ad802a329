"""What each port feeds by Power over Ethernet, from ``/interface/ethernet/poe``.

Which ports can feed is printed; what they feed only a monitor tells, which wants their names. It asks the controllers
of the ports over a slow bus, and a port that was cut off shows as a link that is down at once, so this is asked with
the slow ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

STATUSES = (
    "disabled",
    "waiting-for-load",
    "powered-on",
    "short-circuit",
    "overload",
    "voltage-too-low",
    "voltage-too-high",
    "current-too-low",
    "no-valid-psu",
    "voltage-on-poe-in",
    "low-voltage-pd-detected",
    "low-voltage-too-low",
    "lldp-power-off",
    "power_reset",
    "controller-init",
    "controller-upgrade",
    "controller-error",
    "other",
)
"""The manual's list, in small letters; "other" is what a later version may add to it."""

family = Family(
    "poe",
    "Power over Ethernet",
    (
        Field("status", Kind.STATE, title="Status", states=STATUSES),
        Field("voltage_volts", unit="V", title="Voltage"),
        Field("current_amperes", unit="A", title="Current"),
        Field("power_watts", unit="W", title="Power"),
    ),
    labels=("interface",),
)

command = Command("/interface/ethernet/poe/print", ("name",))
MONITORED = ("name", "poe-out-status", "poe-out-voltage", "poe-out-current", "poe-out-power")
AMPERE = 1000
"""Milliamperes of one; they are what a device tells."""


def then(replies: Replies) -> Iterator[Command]:
    """Ask how all ports are in one command; a comma would part a name in two."""
    names = [row["name"] for row in replies[0] or () if row.get("name") and "," not in row["name"]]
    if names:
        attributes = {"numbers": ",".join(names), "once": ""}
        yield Command("/interface/ethernet/poe/monitor", MONITORED, attributes)


def read(replies: Replies) -> Reading:
    """Read a sample for each port that feeds or could; a port that is fed itself has no status and is passed over."""
    notes = Notes()
    rows = (row for reply in replies[1:] for row in reply or ())
    samples = notes.samples(_sample(notes, row) for row in rows if row.get("name") and row.get("poe-out-status"))
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, row: Row) -> Sample:
    status = row["poe-out-status"].lower()
    current = notes.value(row, "poe-out-current", values.decimal)
    told: dict[str, Value] = {
        "status": STATUSES.index(status if status in STATUSES else "other"),
        "voltage_volts": notes.value(row, "poe-out-voltage", values.decimal),
        "current_amperes": None if current is None else current / AMPERE,
        "power_watts": notes.value(row, "poe-out-power", values.decimal),
    }
    return Sample(told, (values.text(row["name"]),))


collector = Collector("poe", Cycle.SLOW, (command,), family, read, then=then)
