"""Past series: the same numbers as a poller makes, and the same rows when they are written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import binary, partitions, retention, series
from db.binary import Array
from db.platform import platform_session
from db.series import Loader, Past
from fleet import counters
from fleet.families import Family, Field, Kind, Sample, Value
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, received, stored, write
from tests.fixtures.rollups import held

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]

SOMEONE = UUID(int=1)
LINES = Family("lines", "Lines", (Field("gain_db"), Field("rx_total", Kind.COUNTER)), ("line",))


@dataclass(frozen=True, slots=True)
class Made:
    labels: tuple[str, ...]
    values: Mapping[str, Array] = field(default_factory=dict)


@given(
    st.lists(
        st.tuples(
            st.floats(0.5, 600),
            st.one_of(st.none(), st.integers(0, 2**63 - 1), st.integers(0, 1000)),
            st.one_of(st.floats(0, 10), st.just(0.9), st.just(1.0)),
        ),
        max_size=12,
    )
)
def test_series_are_reset_aware_as_the_poller_is(polls: list[tuple[float, int | None, float]]) -> None:
    """The uptime grows by a share of the span: below nine tenths of it, and two seconds, the device restarted."""
    times = 1.7e9 + np.cumsum([span for span, _, _ in polls])
    uptime = np.cumsum([span * share for span, _, share in polls])
    counts = np.array([-1 if count is None else count for _, count, _ in polls], dtype="i8")
    past = Past(SOMEONE, SOMEONE, times, uptime)
    found = series.columns(LINES, past, {"rx_total": counts})
    before: counters.Reading | None = None
    for place, (_, count, _) in enumerate(polls):
        sample = Sample({"rx_total": count}, ("a",))
        (expected,), before = counters.rows(LINES, (sample,), float(times[place]), float(uptime[place]), before)
        assert _row(found, place) == pytest.approx(expected)


def test_a_family_is_copied_with_its_labels(database: Database, two_tenants: TwoTenants) -> None:
    past = _past(two_tenants[0], steps=3)
    octets = np.array([100, 400, 50])
    with _loader(database) as loader:
        made = [Made(("ether1",), {"rx_bytes_total": octets}), Made(("ether10",), {"link": np.array([0, 2, 7])})]
        assert loader.copy("interfaces", past, made) == 6
    found = stored(
        database,
        "SELECT interface, rx_bytes_total, rx_bytes_increase, rx_bytes_rate, link"
        " FROM interfaces_metrics ORDER BY interface, time",
    )
    assert found[:3] == [
        ("ether1", 100, None, None, None),
        ("ether1", 400, 300, 1.0, None),
        ("ether1", 50, None, None, None),
    ]
    assert [(row[0], row[4]) for row in found[3:]] == [("ether10", 0), ("ether10", 2), ("ether10", None)]


def test_writing_again_adds_only_what_is_missing(database: Database, two_tenants: TwoTenants) -> None:
    load = Made((), {"cpu_load_ratio": np.linspace(0, 1, 10)})
    short = Made((), {"cpu_load_ratio": np.linspace(0, 1, 4)})
    with _loader(database) as loader:
        copied = [loader.copy("resource", _past(two_tenants[0], 4), [short])]
        copied += [loader.copy("resource", _past(two_tenants[0], 10), [load]) for _ in range(2)]
    assert copied == [4, 6, 0]
    assert stored(database, "SELECT count(*) FROM resource_metrics") == [(10,)]


def test_history_joins_what_is_live(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    write(database, received([cpu(device, NOW - timedelta(seconds=300), 0.25)]))
    with _loader(database) as loader:
        assert loader.copy("resource", _past(two_tenants[0], 3), [Made(())]) == 2
    kept = "SELECT cpu_load_ratio FROM resource_metrics WHERE cpu_load_ratio IS NOT NULL"
    assert stored(database, kept) == [(0.25,)]


def test_nothing_to_copy_is_nothing(database: Database, two_tenants: TwoTenants) -> None:
    with _loader(database) as loader:
        assert loader.copy("interfaces", _past(two_tenants[0], 3), []) == 0
        assert loader.copy("interfaces", _past(two_tenants[0], 0), [Made(("a",))]) == 0


def test_a_past_is_marked_as_one_stretch(database: Database, two_tenants: TwoTenants) -> None:
    with _loader(database) as loader:
        loader.copy("resource", _past(two_tenants[0], 10), [Made(())])
    first, last = NOW - timedelta(seconds=3000), NOW - timedelta(seconds=300)
    found = stored(database, "SELECT family, resolution, bucket, until FROM dirty")
    assert found == [("resource", "5m", first, last + timedelta(microseconds=1))]


def test_only_what_is_kept_is_copied(database: Database, two_tenants: TwoTenants) -> None:
    """The floor rises once before the loader looks, and once behind its back, with a day that is dropped."""
    past = _past(two_tenants[0], steps=3 * 288)
    with platform_session(database.stores, "test") as session:
        retention.raise_floor(session, Resolution.RAW, NOW - timedelta(hours=60))
    with _loader(database) as loader:
        assert loader.copy("resource", past, [Made(())]) == 60 * 12
        dropped = held(database, "resource", Resolution.RAW, NOW - timedelta(days=2))
        with platform_session(database.stores, "test") as session:
            retention.raise_floor(session, Resolution.RAW, NOW - timedelta(hours=36))
            assert partitions.drop(session, dropped, unfinished=True)
        other = replace(past, device_id=two_tenants[0].devices[1].id)
        assert loader.copy("resource", other, [Made(())]) == 36 * 12


def test_labels_and_lengths_must_fit() -> None:
    past = Past(SOMEONE, SOMEONE, np.arange(3.0))
    with pytest.raises(ValueError, match="labels"):
        series.encode(LINES, past, Made(()))
    with pytest.raises(ValueError, match="length"):
        series.encode(LINES, past, Made(("a",), {"gain_db": np.arange(2.0)}))


def test_the_days_of_a_past_are_those_of_utc() -> None:
    past = Past(SOMEONE, SOMEONE, np.array([86_399.0, 86_400.0, 200_000.0]))
    assert series.days(past) == {date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 3)}


def _past(tenant: Tenant, steps: int) -> Past:
    """Five-minute steps of the tenant's first device, the last of them five minutes before NOW."""
    times = NOW.timestamp() - 300.0 * np.arange(steps, 0, -1)
    return Past(tenant.id, tenant.devices[0].id, times, times - times[:1].sum() + 1e6)


def _loader(database: Database) -> Loader:
    return Loader(database.url("flotilla_ingest"), FAMILIES)


def _row(columns: list[Array], place: int) -> tuple[Value, ...]:
    return tuple(None if binary.is_null(column)[place] else column[place].item() for column in columns)
