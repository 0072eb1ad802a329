"""What ports feed: one monitor for all of them, statuses by the manual, milliamperes."""

from __future__ import annotations

import pytest

from routeros.collectors import poe
from routeros.words import Row

FED: Row = {"name": "ether2", "poe-out-status": "powered-on", "poe-out-voltage": "52.8", "poe-out-current": "123"}
FED |= {"poe-out-power": "6.4"}


def test_all_ports_are_monitored_at_once() -> None:
    (command,) = poe.collector.further([[{"name": "ether1"}, {"name": "a,b"}, {"name": "ether 2"}, {}]])
    assert (command.menu, command.attributes) == (
        "/interface/ethernet/poe/monitor",
        {"numbers": "ether1,ether 2", "once": ""},
    )
    assert poe.collector.further([[]]) == ()


@pytest.mark.parametrize("row", [FED, FED | {"poe-out-voltage": "52.8V", "poe-out-current": "123mA"}])
def test_a_port_that_feeds(row: Row) -> None:
    reading = poe.read([[{"name": "ether2"}], [row, {"name": "ether1", "port-type": "poe-in"}]])
    (sample,) = reading.samples
    assert sample.labels == ("ether2",)
    assert sample.values == {"status": 2, "voltage_volts": 52.8, "current_amperes": 0.123, "power_watts": 6.4}


@pytest.mark.parametrize(
    ("status", "word"), [("no-valid-PSU", "no-valid-psu"), ("overload", "overload"), ("on fire", "other")]
)
def test_a_status_is_one_of_the_manual_s(status: str, word: str) -> None:
    (sample,) = poe.read([[], [{"name": "ether2", "poe-out-status": status}]]).samples
    assert (sample.values["status"], sample.values["power_watts"]) == (poe.STATUSES.index(word), None)


def test_ports_that_could_not_be_asked_tell_nothing() -> None:
    assert poe.read([[{"name": "ether2"}], None]).samples == ()
