"""How long rows are kept, who says so, and when the disk will be full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import BadInput
from fleet.resolutions import Resolution
from fleet.retention import DAY, FORECAST, Growth, Mode, Rule, Source, days_until_full, rules
from fleet.settings import Settings

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(("mode", "days"), [(Mode.NATIVE, [7, 30, 365]), (Mode.TIMESCALE, [30, 180, 1095])])
def test_each_mode_has_its_defaults(mode: Mode, days: list[int]) -> None:
    found = rules(mode, Settings(), {})
    assert [rule.keep / DAY for rule in found.values()] == days
    assert {rule.source for rule in found.values()} == {Source.DEFAULT}


def test_what_was_told_goes_before_the_settings_and_these_before_the_mode() -> None:
    asked = Settings.model_validate({"keep_raw": "3d", "keep_5m": "60d"})
    found = rules(Mode.NATIVE, asked, {Resolution.RAW: 2 * DAY})
    assert [(rule.keep / DAY, rule.source) for rule in found.values()] == [
        (2, Source.COMMAND),
        (60, Source.SETTING),
        (365, Source.DEFAULT),
    ]


@pytest.mark.parametrize(
    ("resolution", "days", "named"),
    [
        (Resolution.RAW, 31, "31d, longer than the 30d of 5m"),
        (Resolution.FIVE_MINUTES, 366, "longer than the 365d of 1h"),
        (Resolution.HOUR, 29, "5m would be kept for 30d"),
        (Resolution.RAW, 0.5, "kept for 0.5d"),
    ],
)
def test_the_finer_is_not_kept_longer_and_nothing_for_less_than_a_day(
    resolution: Resolution, days: float, named: str
) -> None:
    with pytest.raises(BadInput, match=named):
        rules(Mode.NATIVE, Settings(), {resolution: days * DAY})


def test_whole_partitions_go() -> None:
    assert Rule(Resolution.RAW, 7 * DAY, Source.DEFAULT).floor(NOW) == datetime(2026, 2, 26, tzinfo=UTC)
    assert Rule(Resolution.HOUR, 7 * DAY, Source.DEFAULT).floor(NOW) == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("growths", "room", "days"),
    [
        ([], 100, None),
        ([Growth(0, 10, 30)], 100, 10),
        ([Growth(0, 10, 5)], 100, None),
        ([Growth(0, 10, 5), Growth(0, 1, 365)], 100, 50),
        ([Growth(0, 10, 30)], 0, 0),
        ([Growth(0, 10, 30)], -5, 0),
        ([Growth(0, 0, 30)], 5, None),
    ],
)
def test_the_disk_is_full_when_what_still_grows_has_filled_it(
    growths: list[Growth], room: int, days: float | None
) -> None:
    assert days_until_full(growths, room) == days


@given(
    st.lists(st.builds(Growth, st.just(0), st.floats(0.1, 100), st.floats(0, 400)), max_size=5),
    st.integers(1, 10_000),
)
def test_as_much_has_come_by_then_as_there_was_room(growths: list[Growth], room: int) -> None:
    days = days_until_full(growths, room)
    until = FORECAST / timedelta(days=1) if days is None else days
    come = sum(growth.daily * min(growth.days, until) for growth in growths)
    assert come <= room * 1.0001 if days is None else come == pytest.approx(room)
