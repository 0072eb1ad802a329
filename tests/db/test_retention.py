"""What is too old goes, never before it was rolled up; raw rows go first where the store runs full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from db import partitions, retention
from db.platform import platform_session
from db.retention import Means
from fleet.errors import BadInput
from fleet.resolutions import ROLLUPS, Resolution
from fleet.retention import DAY, Source
from fleet.settings import Settings
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored
from tests.fixtures.rollups import FAMILIES, Raw, expected, store

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
NOWHERE = Path("/nowhere")
"""No embedded server is there, whose disk could be full."""
HELD = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'weather%' ORDER BY 1"
FLOORS = "SELECT resolution, floor FROM retention WHERE floor IS NOT NULL ORDER BY floor DESC"


@pytest.fixture
def means(database: Database) -> Means:
    fixture.create(database)
    return Means(database.stores, FAMILIES, Settings(state=NOWHERE), NOW)


def test_what_is_older_than_it_is_kept_goes_and_its_roll_ups_stay(database: Database, means: Means) -> None:
    rows = _days_ago(database, 20, 8, 7, 0)
    dropped = retention.uphold(means)
    assert _names(dropped, "weather") == ["weather_metrics_20260228", "weather_metrics_20260312"]
    assert [time.date() for (time,) in stored(database, "SELECT time FROM weather_metrics ORDER BY time")] == [
        (NOW - 7 * DAY).date(),
        NOW.date(),
    ]
    for resolution in ROLLUPS:
        assert fixture.stored(database, resolution) == expected(rows[:2], resolution)


def test_each_resolution_has_its_time(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    retention.uphold(means)
    later = replace(means, now=NOW + timedelta(days=11))
    assert _names(retention.uphold(later), "weather") == ["weather_5m_20260228"]
    assert len(fixture.stored(database, Resolution.HOUR)) == 1
    year_after = replace(means, now=datetime(2027, 3, 1, tzinfo=UTC))
    assert _names(retention.uphold(year_after), "weather") == ["weather_1h_202602"]


def test_what_goes_is_told(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    with capture_logs() as logs:
        retention.uphold(means)
    (told,) = [line for line in logs if line["event"] == "a partition was dropped" and "weather" in line["partition"]]
    assert told["partition"] == "weather_metrics_20260228"
    assert told["bytes"] > 0
    assert "older" in told["why"]


def test_no_partition_is_made_for_what_is_not_kept(database: Database, means: Means) -> None:
    retention.uphold(means)
    assert [floor for _, floor in stored(database, FLOORS)] == [
        datetime(2026, 3, 13, tzinfo=UTC),
        datetime(2026, 2, 18, tzinfo=UTC),
        datetime(2025, 3, 1, tzinfo=UTC),
    ]
    days = [(NOW - timedelta(days=n)).date() for n in (0, 7, 8, 30, 31, 400)]
    with psycopg.connect(database.url("flotilla_ingest")) as connection:
        partitions.ensure(connection, days)
    assert [name for (name,) in stored(database, HELD)] == [
        *("weather_1h_202602", "weather_1h_202603"),
        *("weather_5m_20260218", "weather_5m_20260312", "weather_5m_20260313", "weather_5m_20260320"),
        *("weather_metrics_20260313", "weather_metrics_20260320"),
    ]


def test_a_floor_does_not_fall_when_more_is_kept(database: Database, means: Means) -> None:
    retention.uphold(means)
    with platform_session(database.stores, "test") as session:
        retention.tell(session, means.asked, {Resolution.RAW: 20 * DAY})
    retention.uphold(means)
    assert dict(stored(database, FLOORS))["raw"] == datetime(2026, 3, 13, tzinfo=UTC)


def test_what_is_being_read_goes_later(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    with psycopg.connect(database.url("flotilla_platform")) as reader:
        reader.execute("SELECT count(*) FROM weather_metrics")
        assert _names(retention.uphold(means), "weather") == []
    assert _names(retention.uphold(means), "weather") == ["weather_metrics_20260228"]


def test_a_partition_with_rows_that_wait_stays(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    with platform_session(database.stores, "test") as session:
        assert not partitions.drop(session, "weather_metrics_20260228")
        assert not partitions.drop(session, "weather_metrics_20260227")
        assert not partitions.drop(session, "devices")
    assert _names(retention.uphold(replace(means, families={})), "weather") == []
    assert _names(retention.uphold(means), "weather") == ["weather_metrics_20260228"]


def test_raw_rows_go_first_where_the_store_is_full(database: Database, means: Means) -> None:
    rows = _days_ago(database, 3, 2, 1, 0)
    full = replace(means, asked=Settings(state=NOWHERE, store_bytes=1))
    with capture_logs() as logs:
        dropped = retention.guard(full)
    assert _names(dropped, "weather") == [f"weather_metrics_202603{day}" for day in (17, 18, 19)]
    assert stored(database, "SELECT count(*) FROM weather_metrics") == [(1,)]
    assert fixture.stored(database, Resolution.HOUR) == expected(rows[:3], Resolution.HOUR)
    assert any("no older day" in line["event"] for line in logs)
    assert dict(stored(database, FLOORS))["raw"] == datetime(2026, 3, 20, tzinfo=UTC)


def test_no_more_goes_than_is_needed(database: Database, means: Means) -> None:
    _days_ago(database, 3, 2, 1, 0)
    with platform_session(database.stores, "test") as session:
        held = retention.size(session)
    assert retention.guard(replace(means, asked=Settings(state=NOWHERE, store_bytes=held + 2**20))) == []
    dropped = retention.guard(replace(means, asked=Settings(state=NOWHERE, store_bytes=held - 1)))
    assert {one.start for one in dropped} == {datetime(2026, 3, 17, tzinfo=UTC)}


def test_without_a_bound_nothing_goes_early(database: Database, means: Means) -> None:
    _days_ago(database, 3, 0)
    assert retention.guard(means) == []
    with platform_session(database.stores, "test") as session:
        assert retention.room(session, means.asked) is None


def test_the_embedded_servers_disk_is_a_bound(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    state = tmp_path_factory.mktemp("state")
    (state / retention.EMBEDDED).mkdir(parents=True)
    with platform_session(database.stores, "test") as session:
        assert retention.room(session, Settings(state=state)) is not None


def test_how_long_is_told_and_told_back(database: Database) -> None:
    asked = Settings.model_validate({"keep_raw": "5d"})
    with platform_session(database.stores, "test") as session:
        assert retention.in_force(session, asked)[Resolution.RAW].source is Source.SETTING
        told = retention.tell(session, asked, {Resolution.RAW: 3 * DAY, Resolution.HOUR: 800 * DAY})
        assert [rule.keep / DAY for rule in told.values()] == [3, 30, 800]
    with platform_session(database.stores, "test") as session:
        back = retention.tell(session, asked, {Resolution.RAW: None})
        assert [rule.keep / DAY for rule in back.values()] == [5, 30, 800]
    with pytest.raises(BadInput), platform_session(database.stores, "test") as session:
        retention.tell(session, asked, {Resolution.RAW: 90 * DAY})
    with platform_session(database.stores, "test") as session:
        assert retention.in_force(session, asked)[Resolution.RAW].keep == 5 * DAY


def _days_ago(database: Database, *days: int) -> list[Raw]:
    rows = [Raw(NOW - timedelta(days=n), 1, "hill", (1.0, 5, 2, 0.5, 1)) for n in days]
    store(database, rows)
    return rows


def _names(dropped: Sequence[partitions.Partition], family: str) -> list[str]:
    return sorted(one.name for one in dropped if one.family == family)
