"""Signal, rates and traffic of every wireless client, from the registration tables of all drivers and of CAPsMAN.

A row for each client would be most of what is stored were it told at every poll, where the sums of each radio
(``wireless``) say that something is wrong: with the slow ones. Counters miss nothing in between.
"""

from __future__ import annotations

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import lists, values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

family = Family(
    "wireless_clients",
    "Wireless clients",
    (
        Field("signal_dbm", unit="dBm", title="Signal"),
        Field("signal_to_noise_db", unit="dB", title="Signal to noise"),
        Field("tx_rate_bps", unit="bits/s", title="Send rate"),
        Field("rx_rate_bps", unit="bits/s", title="Receive rate"),
        Field("tx_ccq_ratio", unit="ratio", title="Client connection quality, sending"),
        Field("rx_ccq_ratio", unit="ratio", title="Client connection quality, receiving"),
        Field("tx_bytes_total", Kind.COUNTER, "bytes", "Sent to the client"),
        Field("rx_bytes_total", Kind.COUNTER, "bytes", "Received from the client"),
        Field("uptime_seconds", unit="seconds", title="Connected since"),
    ),
    labels=("interface", "mac_address", "ssid"),
)
"""``ssid`` is empty where a table does not tell it: the older driver's."""

SHARED = ("interface", "mac-address", "tx-rate", "rx-rate", "bytes", "uptime")
LEGACY = ("signal-strength", "signal-to-noise", "tx-ccq", "rx-ccq")

commands = (
    Command("/interface/wireless/registration-table/print", (*SHARED, *LEGACY)),
    Command("/interface/wifiwave2/registration-table/print", (*SHARED, "signal", "ssid")),
    Command("/interface/wifi/registration-table/print", (*SHARED, "signal", "ssid")),
    Command("/caps-man/registration-table/print", (*SHARED, "rx-signal", "ssid")),
)
SIGNALS = ("signal-strength", "signal", "signal", "rx-signal")
"""What each of these tables calls the signal of a client as its access point hears it."""


def read(replies: Replies) -> Reading:
    """Read a sample for each client; a row without interface or address is passed over."""
    notes = Notes()
    samples = notes.samples(
        _sample(notes, row, signal)
        for signal, rows in zip(SIGNALS, replies, strict=True)
        for row in rows or ()
        if row.get("interface") and row.get("mac-address")
    )
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, row: Row, signal: str) -> Sample:
    counts = notes.value(row, "bytes", lists.pair)
    told: dict[str, Value] = {
        "signal_dbm": notes.value(row, signal, values.signal),
        "signal_to_noise_db": notes.value(row, "signal-to-noise", values.decimal),
        "tx_rate_bps": notes.value(row, "tx-rate", values.rate),
        "rx_rate_bps": notes.value(row, "rx-rate", values.rate),
        "tx_ccq_ratio": notes.value(row, "tx-ccq", values.ratio),
        "rx_ccq_ratio": notes.value(row, "rx-ccq", values.ratio),
        "tx_bytes_total": None if counts is None else counts.tx,
        "rx_bytes_total": None if counts is None else counts.rx,
        "uptime_seconds": notes.value(row, "uptime", values.seconds),
    }
    labels = (row["interface"], row["mac-address"].upper(), row.get("ssid", ""))
    return Sample(told, (values.text(labels[0]), values.text(labels[1]), values.text(labels[2])))


collector = Collector("wireless_clients", Cycle.SLOW, commands, family, read)
