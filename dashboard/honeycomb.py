"""The fleet as a honeycomb: a letter for each device, which the browser draws as a cell of its state or its colour.

So few bytes a device leave room for 10,000 of them; who a cell is, the browser asks for the one that it is at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from dashboard.roster import Entry
from fleet.device import State
from fleet.identity import DeviceId

LETTERS = {
    State.UP: "u",
    State.DEGRADED: "g",
    State.DOWN: "d",
    State.STALE: "s",
    State.MAINTENANCE: "m",
}
UNKNOWN = "-"


def ordered(entries: Sequence[Entry]) -> list[Entry]:
    """Put devices in the order of the cells: site by site, those without one last, and else as they are."""
    return sorted(entries, key=lambda entry: (entry.row.site is None, entry.row.site or ""))


def states(entries: Sequence[Entry]) -> str:
    """Write the letter of each device's state."""
    return "".join(LETTERS[entry.state] for entry in entries)


def colours(entries: Sequence[Entry], bins: Mapping[DeviceId, int]) -> str:
    """Write the colour of each device, a digit counted from 0; a device without a number has none."""
    return "".join(str(bins.get(entry.row.id, UNKNOWN)) for entry in entries)


def key(entries: Sequence[Entry]) -> str:
    """Name which devices stand in which order, so that a cell is not taken for another device's."""
    return blake2b(b"".join([entry.row.id.bytes for entry in entries]), digest_size=8).hexdigest()


def chosen(entries: Sequence[Entry], at: object) -> Entry | None:
    """Find the device of the cell that a browser is at; None where there is none, or the order was another."""
    told: Mapping[str, Any] = at if isinstance(at, Mapping) else {}
    place = told.get("at")
    if type(place) is not int or not 0 <= place < len(entries) or told.get("key") != key(entries):
        return None
    return entries[place]
