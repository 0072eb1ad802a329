"""What each radio sends on and how loud it hears nothing, from ``monitor`` of all drivers and from CAPsMAN.

The channel changes a few times a day at most, and how many clients there are ``wireless`` tells at every poll: with
the slow ones. A monitor wants the name of its radio and tells none, so each radio is asked for itself; a manager of
access points by the older driver prints the same of all of its radios at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies, first
from routeros.words import Command, Row

STATES = ("disabled", "waiting", "running")

family = Family(
    "radio",
    "Radios",
    (
        Field("frequency_hertz", unit="Hz", title="Frequency"),
        Field("channel_width_hertz", unit="Hz", title="Channel width"),
        Field("tx_power_dbm", unit="dBm", title="Transmit power"),
        Field("noise_floor_dbm", unit="dBm", title="Noise floor"),
        Field("clients", unit="clients", title="Clients"),
        Field("clients_authorized", unit="clients", title="Authorized clients"),
        Field("ccq_ratio", unit="ratio", title="Client connection quality"),
        Field("state", Kind.STATE, title="State", states=STATES),
    ),
    labels=("interface",),
)

LEGACY = ("status", "channel", "noise-floor", "overall-tx-ccq", "registered-clients", "authenticated-clients")
MODERN = ("state", "channel", "tx-power", "registered-peers", "authorized-peers")
MONITORS = {
    "/interface/wireless": LEGACY,
    "/interface/wifiwave2": MODERN,
    "/interface/wifi": MODERN,
}
"""The drivers' menus, and what their monitors tell."""

MANAGED = {
    "status": "current-state",
    "channel": "current-channel",
    "registered-clients": "current-registered-clients",
    "authenticated-clients": "current-authorized-clients",
}
"""The older CAPsMAN's words for the same."""

commands = (
    *(Command(f"{menu}/print", ("name", "disabled")) for menu in MONITORS),
    Command("/caps-man/interface/print", ("name", "disabled", *MANAGED.values())),
)
RUNNING = ("running", "connected", "authorized")
"""What the words of a radio that is on the air begin with."""


def then(replies: Replies) -> Iterator[Command]:
    """Ask how each radio is that is not disabled."""
    return (_monitor(menu, row["name"]) for menu, row in _radios(replies) if _enabled(row))


@lru_cache(maxsize=4096)
def _monitor(menu: str, name: str) -> Command:
    return Command(f"{menu}/monitor", MONITORS[menu], {"numbers": name, "once": ""}, rows=16)


def read(replies: Replies) -> Reading:
    """Read a sample for each radio, in the order of the menus; one that was not asked tells that it is disabled."""
    notes, monitored = Notes(), iter(replies[len(commands) :])
    found = [
        _sample(notes, row["name"], first(next(monitored, None)) if _enabled(row) else {"state": "disabled"})
        for _, row in _radios(replies)
    ]
    for row in replies[len(MONITORS)] or ():
        if row.get("name"):
            told = {ours: row[theirs] for ours, theirs in MANAGED.items() if theirs in row}
            found.append(_sample(notes, row["name"], told if _enabled(row) else {"state": "disabled"}))
    return Reading(notes.samples(found), problems=tuple(notes.problems))


def _radios(replies: Replies) -> Iterator[tuple[str, Row]]:
    return (
        (menu, row) for menu, rows in zip(MONITORS, replies, strict=False) for row in rows or () if row.get("name")
    )


def _enabled(row: Row) -> bool:
    return row.get("disabled") not in ("true", "yes")


def _sample(notes: Notes, name: str, row: Row) -> Sample:
    channel = notes.value(row, "channel", values.channel)
    power = notes.value(row, "tx-power", values.signal)
    told: dict[str, Value] = {
        "frequency_hertz": None if channel is None else channel.frequency,
        "channel_width_hertz": None if channel is None else channel.width,
        "tx_power_dbm": channel.power if power is None and channel else power,
        "noise_floor_dbm": notes.value(row, "noise-floor", values.signal),
        "clients": _count(notes, row, "registered-clients", "registered-peers"),
        "clients_authorized": _count(notes, row, "authenticated-clients", "authorized-peers"),
        "ccq_ratio": notes.value(row, "overall-tx-ccq", values.ratio),
        "state": _state(row.get("status") or row.get("state", "")),
    }
    return Sample(told, (values.text(name),))


def _count(notes: Notes, row: Row, *names: str) -> int | None:
    return next((notes.value(row, name, values.integer) for name in names if name in row), None)


def _state(word: str) -> int | None:
    """Make one of three of the words of two drivers; a radio that looks for radar or for its access point waits."""
    if not word or word == "disabled":
        return STATES.index("disabled") if word else None
    return STATES.index("running" if word.startswith(RUNNING) else "waiting")


collector = Collector("radio", Cycle.SLOW, commands, family, read, then=then)
