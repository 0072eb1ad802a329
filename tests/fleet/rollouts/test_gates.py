"""Gates and preflight: a device is held against itself before, and is not touched where it does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.rollouts import Verdict
from fleet.rollouts.gates import Check, Picture, Usual, compare, overall, said
from fleet.rollouts.preflight import Found, Need, judge

BEFORE = Picture(
    version="7.16",
    packages=frozenset({"routeros", "wireless"}),
    running=frozenset({"ether1", "wlan1"}),
    neighbours=20,
    routes=100,
    peers=2,
    leases=40,
    clients=0,
    busy=0.2,
    free=100,
    alarms=frozenset({"fan failed"}),
    children=frozenset({"ap-1", "ap-2"}),
)
AFTER = replace(BEFORE, version="7.24.4")


def checks(after: Picture, before: Picture = BEFORE) -> tuple[Check, ...]:
    return compare(before, after, "7.24.4", BEFORE.packages)


def test_what_is_as_before_passes() -> None:
    found = checks(AFTER)
    assert overall(found) is Verdict.PASS
    assert said(found) == ""


@pytest.mark.parametrize(
    ("change", "verdict", "why"),
    [
        ({"version": "7.16"}, Verdict.FAIL, "runs 7.16 and not 7.24.4"),
        ({"packages": frozenset({"routeros"})}, Verdict.FAIL, "missing: wireless"),
        ({"packages": frozenset({"routeros", "wireless", "dude"})}, Verdict.FAIL, "not meant: dude"),
        ({"running": frozenset({"ether1"})}, Verdict.FAIL, "wlan1"),
        ({"neighbours": 18}, Verdict.FAIL, "Of 20 neighbours 18"),
        ({"routes": 94}, Verdict.FAIL, "routes"),
        ({"peers": 1}, Verdict.FAIL, "routing sessions"),
        ({"alarms": frozenset({"fan failed", "kernel failure"})}, Verdict.FAIL, "kernel failure"),
        ({"busy": 0.9}, Verdict.INCONCLUSIVE, "90%"),
        ({"free": 40}, Verdict.INCONCLUSIVE, "memory"),
        ({"leases": None}, Verdict.INCONCLUSIVE, "leases"),
        ({"leases": 37}, Verdict.FAIL, "Of 40 leases 37 are back"),
        ({"running": None}, Verdict.INCONCLUSIVE, "interfaces"),
        ({"children": frozenset({"ap-2"})}, Verdict.FAIL, "not in reach any more: ap-1"),
        ({"children": frozenset({"ap-1", "ap-2", "ap-3"})}, Verdict.PASS, ""),
        ({"children": None}, Verdict.INCONCLUSIVE, "what is behind it"),
        ({"neighbours": 19, "routes": 95, "leases": 38}, Verdict.PASS, ""),
        ({"alarms": frozenset()}, Verdict.PASS, ""),
    ],
)
def test_each_gate_says_what_differs(change: dict[str, object], verdict: Verdict, why: str) -> None:
    found = checks(replace(AFTER, **change))  # type: ignore[arg-type]
    assert overall(found) is verdict
    assert why in said(found)


def test_a_busy_hour_is_held_against_busy_hours() -> None:
    usual = BEFORE.within(Usual(busy=0.7, free=60))
    assert (usual.busy, usual.free) == (0.7, 60)
    assert overall(checks(replace(AFTER, busy=0.9, free=40), usual)) is Verdict.PASS
    assert BEFORE.within(Usual()) == BEFORE
    assert replace(BEFORE, busy=0.8, free=None).within(Usual(0.7, 60)) == replace(BEFORE, busy=0.8, free=60)


@pytest.mark.parametrize(
    ("varies", "has", "verdict"),
    [
        (None, 8, Verdict.INCONCLUSIVE),
        (None, 7, Verdict.FAIL),
        (0, 9, Verdict.FAIL),
        (1, 9, Verdict.PASS),
        (1, 8, Verdict.FAIL),
        (5, 6, Verdict.PASS),
        (5, 5, Verdict.FAIL),
        (9, 0, Verdict.FAIL),
    ],
)
def test_a_lease_that_is_missing_is_news_where_none_comes_and_goes(
    varies: int | None, has: int, verdict: Verdict
) -> None:
    before = replace(BEFORE, leases=10).within(Usual(leases=varies))
    found = checks(replace(AFTER, leases=has), before)
    assert overall(found) is verdict
    assert Picture.read(before.document()) == before
    assert Usual.read({**Usual(leases=varies).document(), "of a newer job": 1}) == Usual(leases=varies)


def test_what_was_not_known_before_is_not_asked_for_after() -> None:
    blind = Picture("7.16", BEFORE.packages)
    assert overall(checks(Picture("7.24.4", BEFORE.packages), blind)) is Verdict.PASS


def test_a_picture_is_read_as_it_was_written() -> None:
    assert Picture.read(BEFORE.document()) == BEFORE


MIB = 1024 * 1024
FOUND = Found("gw", "SN1", "7.16", "arm64", frozenset({"routeros"}), 20 * MIB, 256 * MIB)
NEED = Need("SN1", "arm64", "7.16", "7.24.4", frozenset({"routeros", "wireless"}), 14 * MIB)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"version": "7.24.4"}, ""),
        ({"serial": "SN2"}, "Another device answers"),
        ({"architecture": "arm"}, "architecture is arm"),
        ({"version": "7.20"}, "runs 7.20 by now"),
        ({"packages": frozenset({"routeros", "zerotier"})}, "zerotier"),
        ({"room": 14 * MIB}, "14.0 MiB"),
        ({"memory": 32 * MIB}, "64 MiB"),
        ({"mode": "not allowed by device-mode"}, "device-mode"),
    ],
)
def test_a_device_that_does_not_fit_is_not_touched(change: dict[str, object], why: str) -> None:
    found = judge(replace(FOUND, **change), NEED)  # type: ignore[arg-type]
    assert bool(found) is bool(why)
    assert why in " ".join(found)
