"""The radios and who is connected to them: channels, noise, clients, how well they are heard."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import panels, tables, units
from dashboard.panels import Now, Panel, Want, fixed, floating
from dashboard.tab import Sheet, Tab
from dashboard.units import Unit
from db.latest import Latest

DECIBEL = Unit("dB")
RADIO = ("Radio", "#Clients", "#Frequency", "#Width", "#Sends with", "#Noise floor", "#Mean signal", "#Weakest",
         "#Signal to noise")  # fmt: skip
CLIENT = ("Client", "Radio", "SSID", "#Signal", "#Signal to noise", "#Sent at", "#Received at", "#Down", "#Up",
          "#Connected")  # fmt: skip
FAINT = -75.0
"""A client that is heard no louder than this is marked."""


def _clients_wants(rows: Sequence[Latest]) -> list[Want]:
    return [Want("clients", row.labels["interface"], row.labels, steps=True) for row in rows[: panels.MOST]]


def _clients_now(rows: Sequence[Latest]) -> list[Now]:
    return [
        Now(row.labels["interface"], *units.COUNT.parts(row.values.get("clients"))) for row in rows[: panels.MOST]
    ]


def _signal(rows: Sequence[Latest]) -> list[Latest]:
    return [row for row in rows if row.values.get("signal_dbm") is not None][: panels.MOST]


def _tables(sheet: Sheet) -> list[Component]:
    return [*_radios(sheet), *_clients(sheet)]


def _radios(sheet: Sheet) -> list[Component]:
    told = {row.labels["interface"]: row.values for row in sheet.rows("radio")}
    heard = {row.labels["interface"]: row.values for row in sheet.rows("wireless")}
    rows = []
    for name in sorted({*told, *heard}):
        radio, sums = told.get(name, {}), heard.get(name, {})
        clients = sums.get("clients", radio.get("clients"))
        words = (
            units.COUNT.text(clients),
            units.CHANNEL.text(radio.get("frequency_hertz")),
            units.CHANNEL.text(radio.get("channel_width_hertz")),
            units.DBM.text(radio.get("tx_power_dbm")),
            units.DBM.text(radio.get("noise_floor_dbm")),
            units.DBM.text(sums.get("signal_dbm")),
            units.DBM.text(sums.get("signal_min_dbm")),
            DECIBEL.text(sums.get("signal_to_noise_db")),
        )
        rows.append([html.Span(name, className="mono"), *map(tables.number, words)])
    return [tables.table("Radios", RADIO, rows)] if rows else []


def _clients(sheet: Sheet) -> list[Component]:
    weakest = sorted(sheet.rows("wireless_clients"), key=lambda row: row.values.get("signal_dbm") or 0.0)
    return [tables.table("Clients, the weakest first", CLIENT, [_client(row) for row in weakest])] if weakest else []


def _client(row: Latest) -> list[object]:
    values, signal = row.values, row.values.get("signal_dbm")
    told = units.DBM.text(signal)
    words = (
        DECIBEL.text(values.get("signal_to_noise_db")),
        units.LINK.text(values.get("tx_rate_bps")),
        units.LINK.text(values.get("rx_rate_bps")),
        units.BITS.text(values.get("tx_bytes_rate")),
        units.BITS.text(values.get("rx_bytes_rate")),
        units.span(values.get("uptime_seconds")),
    )
    return [
        html.Span(row.labels["mac_address"], className="mono"),
        html.Span(row.labels["interface"], className="mono"),
        row.labels["ssid"] or units.NOTHING,
        tables.sign(told, "degraded") if signal is not None and signal <= FAINT else told,
        *map(tables.number, words),
    ]


tab = Tab(
    name="wireless",
    title="Wireless",
    order=20,
    bare="This device has told of no radio.",
    families=("radio", "wireless_clients"),
    tables=_tables,
    panels=(
        Panel(
            name="clients",
            title="Wireless clients",
            family="wireless",
            wants=_clients_wants,
            now=_clients_now,
            scale=fixed(units.COUNT),
        ),
        Panel(
            name="signal",
            title="Mean signal of clients",
            family="wireless",
            wants=lambda rows: (
                Want("signal_dbm", r.labels["interface"], r.labels, common=True) for r in _signal(rows)
            ),
            now=lambda rows: (
                Now(r.labels["interface"], *units.DBM.parts(r.values["signal_dbm"])) for r in _signal(rows)
            ),
            scale=floating(units.DBM),
        ),
        panels.each("noise", "Noise floor", ("radio", "noise_floor_dbm"), units.DBM, floating(units.DBM)),
        panels.each("snr", "Signal to noise", ("wireless", "signal_to_noise_db"), DECIBEL),
    ),
)
