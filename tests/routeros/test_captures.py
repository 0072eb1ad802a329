"""Captures of real devices, sent through the wire and read as the product reads them; they lie beside us."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet import versions
from routeros import lists, values
from routeros.collectors import health, identity, interfaces, wireless
from routeros.errors import Category, Trap
from routeros.exchange import Exchange, Flow, Limits, Reply
from routeros.exchanges import Exchanges
from routeros.stream import dead
from routeros.words import TAG, TEXT, Command, Parser, Row, encode

DATA = Path(__file__).parents[3] / "shared" / "data"
CAPTURES = DATA / "api_captures"
TRANSCRIPT = CAPTURES / "librouteros_api_analysis.rst"
REST = DATA / "rest" / "rest_samples.json"

ROWLESS = ("routerboard_resource_cli.json", "traps_and_fatals.json")
"""Files without a row: a reference, and the words of refusals, which have a test of their own."""

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of ../shared/data are not here")


def named(place: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in place.glob(pattern))


def load(name: str) -> Any:
    return json.loads((CAPTURES / name).read_text())


def said(value: object) -> str:
    """Write a value as the device did, where the capturing library had cast it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def asked(*sentences: bytes) -> Reply:
    """Ask a command and answer it with these sentences, in pieces of seven bytes; tells the reply."""
    replies: list[Reply] = []
    exchanges = Exchanges("device", 1, Limits())
    exchanges.submit([Exchange(Command("/a/print"), 1.0, replies.append)], 0.0)
    data = b"".join(sentences)
    for start in range(0, len(data), 7):
        exchanges.receive(data[start : start + 7], 0.0)
    (reply,) = replies
    return reply


def through_the_wire(rows: list[dict[str, object]]) -> list[Row]:
    """Send rows as a device does and read them: what comes out is what went in."""
    data = [encode("!re", ".tag=1", *(f"={name}={said(value)}" for name, value in row.items())) for row in rows]
    read = asked(*data, encode("!done", ".tag=1"))
    assert read == [{name: said(value) for name, value in row.items()} for row in rows]
    assert isinstance(read, list)
    return read


def shapes(node: Any) -> Iterator[list[dict[str, object]]]:
    """All row lists of a capture, however deep, and those that are empty as well."""
    if isinstance(node, dict):
        rows = node.get("rows")
        if isinstance(rows, list):
            yield rows
        for child in node.values():
            yield from shapes(child)
    elif isinstance(node, list):
        for child in node:
            yield from shapes(child)


@pytest.mark.parametrize("file", named(CAPTURES, "*.json"))
def test_captured_rows_survive_the_wire(file: str) -> None:
    found = list(shapes(load(file)))
    assert bool(found) is (file not in ROWLESS)
    for rows in found:
        through_the_wire(rows)


def samples() -> list[Any]:
    """The rows of REST, each with its menu: a sample is one row or a list of them."""
    return json.loads(REST.read_text()) if REST.is_file() else []


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: f"{sample['source_file']}:{sample['path']}")
def test_rest_rows_survive_the_wire(sample: Mapping[str, Any]) -> None:
    found = sample["rest_sample"]
    assert through_the_wire(found if isinstance(found, list) else [found])


def rest(path: str) -> list[Row]:
    (row,) = [sample["rest_sample"] for sample in samples() if sample["path"] == path]
    return through_the_wire([row])


def test_rest_rows_of_a_menu_that_we_read_are_read() -> None:
    facts = identity.read([rest("/system/identity"), rest("/system/routerboard"), None]).facts
    assert facts == {
        "identity": "MikroTik",
        "product_code": "CRS312-4C+8XG",
        "serial": "XXXXXXXXXX",
        "firmware": "7.11.2",
        "firmware_upgrade": "7.11.2",
    }


def test_the_clock_is_read() -> None:
    (clock,) = rest("/system/clock")
    assert values.moment(f"{clock['date']} {clock['time']}", UTC) == datetime(2024, 5, 17, 17, 58, 11, tzinfo=UTC)


HEALTH = [
    {"": {"voltage_volts": 23.9, "temperature_celsius": 42}},
    {
        "": {
            "cpu_temperature_celsius": 38,
            "fan1_speed_rpm": 3165,
            "fan2_speed_rpm": 3225,
            "fan3_speed_rpm": 3315,
            "fan4_speed_rpm": 3270,
        },
        "phy-temperature": {"value": 39},
        "psu1-state": {"status": 1},
        "psu2-state": {"status": 0},
    },
    {"": {"voltage_volts": 24.3, "temperature_celsius": 57}},
    {
        "": {"cpu_temperature_celsius": 49, "fan1_speed_rpm": 930, "board_temperature_celsius": 42},
        "phy-temperature": {"value": 58},
        "fan-state": {"status": 1},
    },
    {},
    {},
    {"": {"voltage_volts": 24.3, "temperature_celsius": 46, "cpu_temperature_celsius": 76}},
]
"""What the captures of ``/system/health`` show, in their order: sensor → values."""


def test_captured_health_is_what_was_shown() -> None:
    readings = [health.read([through_the_wire(rows)]) for rows in shapes(load("system_health.json"))]
    assert [{s.labels[0]: dict(s.values) for s in reading.samples} for reading in readings] == HEALTH
    assert all(reading.problems == () for reading in readings)


REGISTRATIONS = [("wlan1", 1, -62, 52, 72.2e6, 72.2e6, 0.93), ("wlan1", 1, -51, 50, 48e6, 65e6, 1.13)]
REGISTRATIONS += [("wlan2", 0, -74, 42, 52e6, 58.5e6, 0.51)]


def test_captured_registrations_are_what_was_shown() -> None:
    read = []
    for rows in shapes(load("wireless_registration-table.json")):
        reading = wireless.read([None, through_the_wire(rows), None, None])
        assert reading.problems == ()
        (sample,) = reading.samples
        names = ("clients", "signal_dbm", "signal_to_noise_db", "tx_rate_bps", "rx_rate_bps", "ccq_ratio")
        read.append((sample.labels[0], *(sample.values[name] for name in names)))
    assert read == REGISTRATIONS


def test_counters_and_strengths_of_captured_registrations_are_what_was_shown() -> None:
    rows = [row for rows in shapes(load("wireless_registration-table.json")) for row in through_the_wire(rows)]
    assert [lists.pair(row["bytes"]) for row in rows] == [
        lists.Pair(17_536_671, 2_966_351),
        lists.Pair(6_689_896, 2_094_536),
        lists.Pair(1_090_924_066, 2_872_515_632),
    ]
    found = [lists.strengths(row["strength-at-rates"]) for row in rows]
    assert [len(strengths) for strengths in found] == [7, 5, 12]
    assert found[2][1] == lists.Strength(
        -78, "9Mbps", timedelta(weeks=2, days=2, hours=16, minutes=56, seconds=20, milliseconds=890)
    )
    assert [values.duration(row["last-activity"]) / timedelta(milliseconds=1) for row in rows] == [170, 4750, 60]
    assert [values.duration(row["uptime"]) / timedelta(seconds=1) for row in rows] == [20976, 432551, 1776113]
    assert len({values.mac(row["mac-address"]) for row in rows}) == 3


def test_the_modern_registrations_are_read() -> None:
    (rows,) = shapes(load("wifi_registration-table.json"))
    read = through_the_wire(rows)
    reading = wireless.read([None, None, None, read])
    (sample,) = reading.samples
    assert (sample.labels, sample.values["clients"], sample.values["signal_dbm"]) == (("wifi1",), 1, -55)
    assert reading.problems == ()
    assert lists.pair(read[0]["bytes"]) == lists.Pair(1000, 2000)
    assert values.mac(read[0]["mac-address"]) == "AA:BB:CC:00:00:01"


def test_captured_interfaces_are_what_was_shown() -> None:
    (rows,) = shapes(load("interface_print_stats.json"))
    reading = interfaces.read([through_the_wire(rows)])
    names = ("rx_bytes_total", "tx_bytes_total", "rx_packets_total", "tx_packets_total", "rx_errors_total", "link")
    assert [tuple(sample.values[name] for name in names) for sample in reading.samples] == [
        (0, 0, 0, 0, 0, 2),
        (26_213_966, 95_940_776, 272_396, 263_166, 0, 1),
    ]
    assert reading.problems == ()


def test_captured_pings_files_and_updates_are_what_was_shown() -> None:
    found = {name: list(shapes(load(name))) for name in ("mikrodash_chr_7.24.3.json", "package_update.json")}
    files, _, pings, *_ = (through_the_wire(rows) for rows in found["mikrodash_chr_7.24.3.json"])
    assert values.moment(files[0]["last-modified"], UTC) == datetime(2026, 9, 18, 10, 37, 24, tzinfo=UTC)
    assert files[0][".id"] == "**YHreAtZptBR6ICKypgCrTh0ZY"
    assert [values.duration(row["avg-rtt"]) / timedelta(microseconds=1) for row in pings] == [114, 117, 137]
    told = [str(row["installed-version"]) for rows in found["package_update.json"] for row in rows]
    assert [str(versions.version(text)) for text in told] == ["7.22.1", "7.22.1", "7.22.1", "7.15.2"]


def test_a_captured_monitor_flows_row_by_row() -> None:
    (rows,) = shapes(load("interface_monitor-traffic.json"))
    seen: list[Row] = []
    exchanges = Exchanges("device", 2, Limits())
    flow = Flow(Command("/interface/monitor-traffic"), 1.0, lambda _: None, take=lambda row: not seen.append(row))
    exchanges.follow(flow, 0.0)
    exchanges.receive(encode("!re", ".tag=1", *(f"={name}={said(value)}" for name, value in rows[0].items())), 0.0)
    assert (values.integer(seen[0]["rx-bits-per-second"]), seen[0][".section"]) == (45_096, "0")


def refusals() -> list[Any]:
    return list(load("traps_and_fatals.json")) if CAPTURES.is_dir() else []


@pytest.mark.parametrize("entry", refusals(), ids=lambda entry: entry["when"][:40])
def test_a_captured_trap_or_fatal_is_understood(entry: Mapping[str, Any]) -> None:
    reply, *words = entry["words"]
    ((read, row),) = Parser().feed(encode(reply, *words))
    assert read == reply
    if reply == "!fatal":
        assert row == {TEXT: words[0]}
    if reply == "!trap":
        trap = refused(*words)
        assert trap.message == row["message"]
        assert trap.category == (Category(int(row["category"])) if "category" in row else None)
    if reply == "!empty":
        assert asked(encode(reply, ".tag=1"), encode("!done", ".tag=1")) == []


def refused(*words: str) -> Trap:
    trap = asked(encode("!trap", *words, ".tag=1"), encode("!done", ".tag=1"))
    assert isinstance(trap, Trap)
    return trap


def steps() -> list[Any]:
    return load("mikrodash_probe_7.24.4.json")["steps"] if CAPTURES.is_dir() else []


@pytest.mark.parametrize("step", steps(), ids=lambda step: " ".join([step["path"], *step.get("args", [])])[:60])
def test_a_captured_step_is_sent_and_understood(step: Mapping[str, Any]) -> None:
    sent = [word for word in step.get("args", []) if word.startswith("=")]
    if step["path"].startswith("/"):
        command = Command(step["path"], attributes=dict(word[1:].split("=", 1) for word in sent))
        assert Parser().feed(command.tagged("1")) == [(step["path"], {**command.attributes, TAG: "1"})]
    if "trap" in step:
        assert refused(f"=message={step['trap']}").message == step["trap"]
    if "done" in step:
        returned = [f"={name}={value}" for name, value in step["done"].items()]
        assert asked(encode("!done", *returned, ".tag=1")) == ([step["done"]] if step["done"] else [])


def transcripts() -> dict[str, list[list[str]]]:
    """The sentences that each section of the transcripts shows as received, by the section's title."""
    found: dict[str, list[list[str]]] = {}
    text = TRANSCRIPT.read_text() if TRANSCRIPT.is_file() else ""
    titles = re.split(r"^(\S.*)\n-{4,}$", text, flags=re.MULTILINE)[1:]
    for title, body in zip(titles[::2], titles[1::2], strict=True):
        words = re.findall(r"^\s*---> '?(.*?)'?$", body, flags=re.MULTILINE)
        joined = "\n".join(words).split("EOS")
        found[title] = [sentence.strip("\n").split("\n") for sentence in joined if sentence.strip("\n")]
    return found


@pytest.mark.parametrize("title", transcripts())
def test_a_transcript_is_understood(title: str) -> None:
    sentences = transcripts()[title]
    assert sentences
    read = Parser().feed(b"".join(encode(*words) for words in sentences))
    assert [reply for reply, _ in read] == [words[0] for words in sentences]
    for (_, row), (_, *words) in zip(read, sentences, strict=True):
        expected = {}
        for word in words:
            name, _, value = word[1:].partition("=")
            expected |= {TEXT: word} if word[0] not in "=." else {TAG if name == "tag" else name: value}
        assert row == expected


def test_a_transcript_of_seven_rows_without_a_property_has_seven_rows() -> None:
    sentences = [encode(*words, ".tag=1") for words in transcripts()["Multiple empty responses"]]
    assert asked(*sentences) == [{}] * 7


def test_the_transcript_of_a_cancelled_listen_leaves_nothing_behind() -> None:
    told: list[Row] = []
    exchanges = Exchanges("device", 2, Limits())
    flow = Flow(Command("/ip/address/listen"), 9.0, lambda _: None, take=lambda row: not told.append(row))
    exchanges.follow(flow, 0.0)
    (title,) = [title for title in transcripts() if "listen" in title]
    tags = {".tag=10": ".tag=1", ".tag=20": ".tag=2"}
    for words in transcripts()[title]:
        if words[0] == "!trap":
            exchanges.abandon([flow], 0.0)
            assert encode("/cancel", "=tag=1", ".tag=2") in exchanges.output()
        exchanges.receive(encode(*(tags.get(word, word) for word in words)), 0.0)
    assert [(row[".id"], dead(row)) for row in told] == [("*A", False), ("*A", True)]
    assert (exchanges.due, exchanges.strays, exchanges.streams) == (None, 0, 2)
