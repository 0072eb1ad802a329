"""What is too old goes, never before it was rolled up; raw rows go first where the store runs full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from db import partitions, retention, rollups
from db.dirty import Window
from db.partitions import Partition
from db.platform import platform_session
from db.retention import Means
from fleet.errors import BadInput
from fleet.resolutions import ROLLUPS, Resolution
from fleet.retention import DAY, Mode, Source
from fleet.settings import Settings
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored
from tests.fixtures.rollups import FAMILIES, Raw, expected, store

pytestmark = pytest.mark.modes(*Mode)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
NOWHERE = Path("/nowhere")
"""No embedded server is there, whose disk could be full."""
HELD = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'weather%' ORDER BY 1"
KEEP = {"keep_raw": "7d", "keep_5m": "30d", "keep_1h": "365d"}
"""What the native mode keeps by default."""
FLOORS = "SELECT resolution, floor FROM retention WHERE floor IS NOT NULL ORDER BY floor DESC"


@pytest.fixture
def means(database: Database) -> Means:
    fixture.create(database)
    return Means(database.stores, FAMILIES, Settings.model_validate({"state": NOWHERE, **KEEP}), NOW)


def test_what_is_older_than_it_is_kept_goes_and_its_roll_ups_stay(database: Database, means: Means) -> None:
    rows = _days_ago(database, 20, 8, 7, 0)
    dropped = retention.uphold(means)
    assert _gone(dropped) == [("raw", date(2026, 2, 28)), ("raw", date(2026, 3, 12))]
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
    assert _gone(retention.uphold(later)) == [("5m", date(2026, 2, 28))]
    assert len(fixture.stored(database, Resolution.HOUR)) == 1
    year_after = replace(means, now=datetime(2027, 4, 1, tzinfo=UTC))
    (hours,) = _weather(retention.uphold(year_after))
    assert hours.resolution is Resolution.HOUR
    assert hours.start <= NOW - 20 * DAY < hours.end


def test_what_goes_is_told(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    name = _old(database)
    with capture_logs() as logs:
        retention.uphold(means)
    (told,) = [line for line in logs if line["event"] == "a partition was dropped" and line["partition"] == name]
    assert told["bytes"] > 0
    assert "older" in told["why"]


@pytest.mark.modes(Mode.NATIVE)
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
        assert _gone(retention.uphold(means)) == []
    assert _gone(retention.uphold(means)) == [("raw", date(2026, 2, 28))]


def test_a_partition_with_rows_that_wait_stays(database: Database, means: Means) -> None:
    _days_ago(database, 20)
    name = _old(database)
    with platform_session(database.stores, "test") as session:
        assert not partitions.drop(session, name)
        assert not partitions.drop(session, "weather_metrics_20260227")
        assert not partitions.drop(session, "devices")
    assert _gone(retention.uphold(replace(means, families={}))) == []
    assert _gone(retention.uphold(means)) == [("raw", date(2026, 2, 28))]


def test_raw_rows_go_first_where_the_store_is_full(database: Database, means: Means) -> None:
    rows = _days_ago(database, 3, 2, 1, 0)
    full = replace(means, asked=Settings(state=NOWHERE, store_bytes=1))
    with capture_logs() as logs:
        dropped = retention.guard(full)
    assert _gone(dropped) == [("raw", date(2026, 3, day)) for day in (17, 18, 19)]
    assert stored(database, "SELECT count(*) FROM weather_metrics") == [(1,)]
    assert fixture.stored(database, Resolution.HOUR) == expected(rows[:3], Resolution.HOUR)
    assert any("no older day" in line["event"] for line in logs)
    assert dict(stored(database, FLOORS))["raw"] == datetime(2026, 3, 20, tzinfo=UTC)


def test_no_more_goes_than_is_needed(database: Database, means: Means) -> None:
    _days_ago(database, 3, 2, 1, 0)
    rollups.run(database.stores, FAMILIES, Window(NOW))
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
    asked = Settings.model_validate({**KEEP, "keep_raw": "5d"})
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


def _old(database: Database) -> str:
    """Tell the name of the partition of twenty days ago."""
    return fixture.held(database, "weather", Resolution.RAW, NOW - 20 * DAY)


def _weather(dropped: Sequence[Partition]) -> list[Partition]:
    return [one for one in dropped if one.family == "weather"]


def _gone(dropped: Sequence[Partition]) -> list[tuple[str, date]]:
    """Tell of what resolution and day the partitions of the family were."""
    return sorted((str(one.resolution), one.start.date()) for one in _weather(dropped))
