"""A fleet's counts by model and version, as channels and known fixes judge them."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.advisories import Advisory
from fleet.firmware import Pointer, Standing
from fleet.firmwareview import Cell, view
from fleet.versions import Channel, version

POINTERS = [
    Pointer(7, Channel(name), version(to), datetime(2026, 9, 26, tzinfo=UTC))
    for name, to in (("stable", "7.24.4"), ("long-term", "7.23.7"))
]
HOLE = Advisory("CVE-1-1", "A hole.", (version("7.23.4"), version("7.24.2")))
CLOSED = Advisory("CVE-0-1", "Long closed.", (version("7.2"),))
CELLS = [
    Cell("hAP", "7.9", 3),
    Cell("hAP", "7.24.4", 2),
    Cell("CCR", "7.24.1", 1),
    Cell("CCR", "7.10", 4),
    Cell(None, None, 2),
    Cell("CCR", "custom", 1),
]


def test_counts_are_judged_and_ordered_by_version() -> None:
    found = view(CELLS, POINTERS, [HOLE, CLOSED])
    told = [(row.version, row.standing.value, row.devices, len(row.open)) for row in found.versions]
    assert told == [
        ("7.24.4", "newest", 2, 0),
        ("7.24.1", "behind", 1, 1),
        ("7.10", "ended", 4, 1),
        ("7.9", "ended", 3, 1),
        ("custom", "unknown", 1, 0),
        (None, "unknown", 2, 0),
    ]
    assert found.models == ("CCR", "hAP", None)
    assert found.cells["hAP", "7.9"] == 3
    assert (found.devices, found.exposed, found.count(Standing.ENDED)) == (13, 8, 7)
    (hole,) = found.holes
    assert (hole.advisory, hole.devices, hole.versions) == (HOLE, 8, ("7.24.1", "7.10", "7.9"))


def test_versions_are_chosen_by_standing_and_hole() -> None:
    found = view(CELLS, POINTERS, [HOLE])
    assert found.running(Standing.ENDED) == ["7.10", "7.9"]
    assert found.running(advisory="CVE-1-1") == ["7.24.1", "7.10", "7.9"]
    assert found.running(Standing.BEHIND, "CVE-1-1") == ["7.24.1"]
    assert found.running(advisory="CVE-9-9") == []


def test_a_tenant_without_devices_has_an_empty_fleet() -> None:
    found = view([], [], [])
    assert (found.devices, found.versions, found.models, found.holes) == (0, (), (), ())
