"""Clients, signal and rates of every radio, from the registration tables of three generations of drivers.

``/interface/wireless`` is the legacy driver (v6, and v7 with its package), ``/interface/wifiwave2`` that of 7.1 to
7.12, ``/interface/wifi`` that of 7.13 on. A device has one or two of them. Radios without a client stand in no
registration table; ``/interface`` tells of them. The legacy CAPsMAN has a table of its own for the radios that it
manages, which a device is asked for only where there are any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import fsum

from fleet.families import Cycle, Family, Field, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.collectors import interfaces
from routeros.words import Command, Row

family = Family(
    "wireless",
    "Wireless",
    (
        Field("clients", unit="clients", title="Clients"),
        Field("signal_dbm", unit="dBm", title="Mean signal"),
        Field("signal_min_dbm", unit="dBm", title="Weakest signal"),
        Field("signal_to_noise_db", unit="dB", title="Mean signal to noise"),
        Field("tx_rate_bps", unit="bits/s", title="Mean send rate"),
        Field("rx_rate_bps", unit="bits/s", title="Mean receive rate"),
        Field("ccq_ratio", unit="ratio", title="Mean client connection quality"),
    ),
    labels=("interface",),
)

MANAGED = "cap"
TYPES = ("wlan", "wifi", "wifiwave2", MANAGED)
LEGACY = ("interface", "ap", "signal-strength", "signal-to-noise", "tx-rate", "rx-rate", "tx-ccq")
MODERN = ("interface", "signal", "tx-rate", "rx-rate")

commands = (
    interfaces.command,
    Command("/interface/wireless/registration-table/print", LEGACY),
    Command("/interface/wifiwave2/registration-table/print", MODERN),
    Command("/interface/wifi/registration-table/print", MODERN),
)
manager = Command("/caps-man/registration-table/print", ("interface", "rx-signal", "tx-rate", "rx-rate"), rows=5000)


def then(replies: Replies) -> Iterator[Command]:
    """Ask the manager where one of its radios stands among the interfaces."""
    if any(row.get("type") == MANAGED for row in replies[0] or ()):
        yield manager


def read(replies: Replies) -> Reading:
    """Read a sample for each radio, with 0 clients for those that nobody uses.

    Where a manager does not answer, nothing is known of its radios.
    """
    radios: dict[str, list[Row]] = defaultdict(list)
    untold = MANAGED if len(replies) > len(commands) and replies[-1] is None else ""
    for row in replies[0] or []:
        if row.get("type") in TYPES and row["type"] != untold and row.get("name"):
            radios[row["name"]] = []
    for rows in replies[1:]:
        for row in rows or []:
            if row.get("interface"):
                radios[row["interface"]].append(row)
    notes = Notes()
    samples = notes.samples(_sample(notes, name, peers) for name, peers in radios.items())
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, name: str, peers: list[Row]) -> Sample:
    """Sum one radio up. A radio that is itself a client has its access point as a peer, which is no client."""

    signals = _each(notes, peers, values.signal, "signal-strength", "signal", "rx-signal")
    measured: dict[str, Value] = {
        "clients": sum(not notes.value(row, "ap", values.boolean) for row in peers),
        "signal_dbm": _mean(signals),
        "signal_min_dbm": min(signals, default=None),
        "signal_to_noise_db": _mean(_each(notes, peers, values.decimal, "signal-to-noise")),
        "tx_rate_bps": _mean(_each(notes, peers, values.rate, "tx-rate")),
        "rx_rate_bps": _mean(_each(notes, peers, values.rate, "rx-rate")),
        "ccq_ratio": _mean(_each(notes, peers, values.ratio, "tx-ccq")),
    }
    return Sample(measured, (values.text(name),))


def _each(notes: Notes, peers: list[Row], parse: Callable[[str], float], *names: str) -> list[float]:
    found = [notes.value(row, key, parse) for row in peers for key in names if key in row]
    return [value for value in found if value is not None]


def _mean(found: Sequence[float]) -> float | None:
    return fsum(found) / len(found) if found else None


collector = Collector("wireless", Cycle.FAST, commands, family, read, then=then)
