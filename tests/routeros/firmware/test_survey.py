"""What a device says of itself around an upgrade: what it needs, what it refuses, whether it was restarted."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fleet.firmware import MAIN, File
from fleet.rollouts.preflight import Found
from fleet.versions import version
from routeros.errors import ProtocolError
from routeros.firmware.parcel import Parcel, bring, foreign
from routeros.firmware.picture import complaints
from routeros.firmware.survey import Survey

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FOUND = Found("gw", "SN1", "7.12.1", "arm64", frozenset({MAIN}), 10**8, 10**9)
SEEN = Survey(NOON, NOON + timedelta(seconds=2), FOUND, timedelta(days=1), "7.12", "7.12.1", driver=True)


def test_the_older_driver_is_needed_from_7_13_on_and_only_by_those_with_such_radios() -> None:
    assert SEEN.wanted("7.24.4") == {MAIN, "wireless"}
    assert SEEN.wanted("7.12.1") == {MAIN}
    assert replace(SEEN, driver=False).wanted("7.24.4") == {MAIN}
    assert replace(SEEN, found=replace(FOUND, version="7.16")).wanted("7.24.4") == {MAIN}


def test_an_old_version_is_refused_where_the_device_mode_says_so() -> None:
    strict = replace(SEEN, any_version=False)
    assert strict.meant("7.12.1").mode
    assert not strict.meant("7.13").mode
    assert not SEEN.meant("7.12.1").mode
    assert strict.meant("6.49.7").mode


def test_a_restart_is_a_start_that_lies_clearly_later() -> None:
    before = SEEN.since
    later = replace(SEEN, at=NOON + timedelta(minutes=5), until=NOON + timedelta(minutes=5, seconds=8))
    assert not replace(later, uptime=timedelta(days=1, minutes=5)).restarted(before)
    assert replace(later, uptime=timedelta(minutes=4)).restarted(before)
    assert SEEN.unbooted


def test_an_answer_that_takes_long_is_no_start() -> None:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    early = replace(SEEN, at=NOON, until=NOON + minute, uptime=hour)
    late = replace(SEEN, at=NOON + 2 * minute, until=NOON + 3 * minute, uptime=hour + 2 * minute)
    # Whether each was told at the beginning of its minute or at the end, nothing speaks for a start between them.
    assert not late.restarted(early.since)
    assert not replace(late, uptime=hour + minute).restarted(early.since)
    assert replace(late, uptime=minute / 2).restarted(early.since)


def test_a_log_says_why_and_not_what_everybody_knows() -> None:
    rows = [
        {"topics": "system,error", "message": "broken package wireless.npk"},
        {"topics": "system,error,critical", "message": "login failure for user admin from 192.0.2.7 via ssh"},
        {"topics": "system,info", "message": "router rebooted"},
    ]
    assert complaints(rows) == ["broken package wireless.npk"]


class Carrier:
    """Carries files, and now and then loses a byte."""

    def __init__(self, loses: bool = False) -> None:
        self.held: dict[str, bytes] = {}
        self.loses = loses

    async def put(self, name: str, data: bytes) -> None:
        self.held[name] = data[1:] if self.loses else data

    async def digest(self, name: str) -> str:
        return hashlib.sha256(self.held[name]).hexdigest()


def parcel(kept: Path, data: bytes = b"package", told: bytes = b"package") -> Parcel:
    kept.write_bytes(data)
    digest = hashlib.sha256(told).hexdigest()
    return Parcel(File(version("7.24.4"), "routeros-7.24.4-arm64.npk", MAIN, "arm64", len(told), digest), kept)


def test_what_came_otherwise_than_it_was_sent_is_not_believed(tmp_path: Path) -> None:
    one = parcel(tmp_path / "a.npk")
    asyncio.run(bring(Carrier(), one, one.read()))
    with pytest.raises(ProtocolError, match="SHA-256"):
        asyncio.run(bring(Carrier(loses=True), one, one.read()))


def test_a_mirror_that_is_spoilt_brings_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="not what the catalogue says"):
        parcel(tmp_path / "a.npk", b"pAckage").read()


def test_files_that_nobody_meant_are_foreign(tmp_path: Path) -> None:
    one = parcel(tmp_path / "a.npk")
    assert foreign(["routeros-7.24.4-arm64.npk", "dude.npk"], [one]) == ["dude.npk"]
