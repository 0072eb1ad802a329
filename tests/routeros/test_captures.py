"""Captures of real devices, sent through the wire and read by the collectors; they live beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from routeros.collectors import health, interfaces, wireless
from routeros.errors import Trap
from routeros.exchanges import Exchange, Exchanges, Limits, Reply
from routeros.words import TAG, TEXT, Command, Parser, Row, encode

CAPTURES = Path(__file__).parents[3] / "shared" / "data" / "api_captures"

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of ../shared/data are not here")


def load(name: str) -> Any:
    return json.loads((CAPTURES / name).read_text())


def said(value: object) -> str:
    """Write a value as the device did, where the capturing library had cast it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def through_the_wire(rows: list[dict[str, object]]) -> list[Row]:
    """Send rows as a device does and read them with the parser, in pieces of seven bytes."""
    data = b"".join(encode("!re", *(f"={name}={said(value)}" for name, value in row.items())) for row in rows)
    parser = Parser()
    pieces = (data[i : i + 7] for i in range(0, len(data), 7))
    read = [row for piece in pieces for _, row in parser.feed(piece)]
    assert read == [{name: said(value) for name, value in row.items()} for row in rows]
    return read


def shapes(name: str) -> list[list[dict[str, object]]]:
    """All row lists that a capture file holds, however deep."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            rows = node.get("rows")
            if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
                yield rows
            for child in node.values():
                yield from walk(child)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child)

    return list(walk(load(name)))


@pytest.mark.parametrize("file", ["hap-ac2_7.24.3_subset.json", "mikrodash_chr_7.24.3.json", "system_health.json"])
def test_captured_rows_survive_the_wire(file: str) -> None:
    found = shapes(file)
    assert found
    for rows in found:
        through_the_wire(rows)


def test_captured_health_is_read() -> None:
    readings = [health.read([through_the_wire(rows)]) for rows in shapes("system_health.json")]
    assert all(reading.problems == () for reading in readings)
    columns = {name for reading in readings for sample in reading.samples for name in sample.values}
    assert {"voltage_volts", "temperature_celsius", "cpu_temperature_celsius", "fan4_speed_rpm", "status"} <= columns


def test_captured_registrations_are_read() -> None:
    for rows in shapes("wireless_registration-table.json"):
        reading = wireless.read([None, through_the_wire(rows), None, None])
        assert reading.problems == ()
        (sample,) = reading.samples
        assert sample.values["signal_dbm"] in (-62, -51, -74)
        assert sample.values["clients"] == sum(said(row["ap"]) == "false" for row in rows)
        assert all(value is not None for value in sample.values.values())


def test_the_modern_registrations_are_read() -> None:
    (rows,) = shapes("wifi_registration-table.json")
    reading = wireless.read([None, None, None, through_the_wire(rows)])
    assert [(s.labels, s.values["clients"]) for s in reading.samples] == [(("wifi1",), 1)]
    assert reading.problems == ()


def test_captured_interfaces_are_read() -> None:
    (rows,) = shapes("interface_print_stats.json")
    reading = interfaces.read([through_the_wire(rows)])
    assert [sample.values["link"] for sample in reading.samples] == [2, 1]
    assert reading.samples[1].values["rx_bytes_total"] == 26_213_966
    assert reading.problems == ()


def test_captured_traps_and_fatals_are_understood() -> None:
    for entry in load("traps_and_fatals.json"):
        reply, *words = entry["words"]
        ((read, row),) = Parser().feed(encode(reply, *words))
        assert read == reply
        if reply == "!fatal":
            assert row == {TEXT: words[0]}
        if reply == "!trap":
            assert trap(words).message == row["message"]


def trap(words: list[str]) -> Trap:
    """Let a command fail with these words."""
    replies: list[Reply] = []
    exchanges = Exchanges("device", 1, Limits())
    exchanges.submit([Exchange(Command("/a/print"), 1.0, replies.append)], 0.0)
    exchanges.receive(encode("!trap", *words, ".tag=1") + encode("!done", ".tag=1"), 0.0)
    (reply,) = replies
    assert isinstance(reply, Trap)
    return reply


def test_the_transcript_of_a_cancelled_listen_is_understood() -> None:
    transcript = (CAPTURES / "librouteros_api_analysis.rst").read_text().split("Fetching from url")[0]
    received = [line.split("---> ")[1].strip("'") for line in transcript.splitlines() if "---> " in line]
    sentences: list[list[str]] = [[]]
    for word in received:
        if word == "EOS":
            sentences.append([])
        else:
            sentences[-1].append(word)
    data = b"".join(encode(*words) for words in sentences if words)
    read = Parser().feed(data)
    assert len(read) == len(sentences) - 1
    assert ("!re", {TAG: "10", ".id": "*A", ".dead": "true"}) in read
    assert ("!trap", {TAG: "10", "category": "2", "message": "interrupted"}) in read
