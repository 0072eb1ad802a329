"""Marks on the charts: reboots by the uptime, outages by what is missing, and how they are drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from dashboard import figures, timemarks, units
from dashboard.figures import Curve, Scale, Window
from dashboard.theme import DARK
from dashboard.timemarks import Mark, What
from fleet.device import State
from tests.dashboard.test_roster import row

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOW = Window(NOON - timedelta(hours=1), NOON, MINUTE)
DAY = 86_400.0


def minutes(*before: int) -> list[datetime]:
    return [NOON - n * MINUTE for n in before]


def line(times: list[datetime], low: list[float], high: list[float] | None = None) -> pd.DataFrame:
    values = {"min": low, "avg": low, "max": high or low}
    return pd.DataFrame({"time": pd.to_datetime(times, utc=True), **values})


def test_an_uptime_that_falls_is_a_reboot_at_the_instant_of_the_boot() -> None:
    told = line(minutes(4, 3, 2, 1), [DAY, DAY + 60, 30.0, 90.0])
    assert timemarks.reboots(told) == [Mark(What.REBOOT, NOON - timedelta(minutes=2, seconds=30), "Rebooted")]


def test_each_of_two_boots_in_a_row_is_told() -> None:
    assert len(timemarks.reboots(line(minutes(4, 3, 2, 1), [DAY, 5.0, 5.0, 65.0]))) == 2


def test_a_step_that_holds_both_sides_of_a_boot_is_one_reboot() -> None:
    times = [NOON - timedelta(hours=n) for n in (3, 2, 1)]
    told = line(times, [DAY, 0.0, 1800.0], [DAY + 3600, DAY + 5400, 5400.0])
    assert timemarks.reboots(told) == [Mark(What.REBOOT, NOON - timedelta(hours=1, minutes=30), "Rebooted")]


@pytest.mark.parametrize("told", [[], [DAY], [DAY, DAY + 60, DAY + 120]])
def test_an_uptime_that_grows_is_none(told: list[float]) -> None:
    assert timemarks.reboots(line(minutes(*range(len(told), 0, -1)), told)) == []


def spans(measured: list[datetime], **facts: Any) -> list[tuple[float, float]]:
    """Tell the outages of a device that was measured at some times, in minutes before noon."""
    device = row(1, **({"created_at": NOON - timedelta(days=9), "interval": MINUTE} | facts))
    found = timemarks.outages(line(measured, [1.0] * len(measured)), WINDOW, device, NOON)
    return [((NOON - m.at) / MINUTE, (NOON - m.until) / MINUTE) for m in found if m.until is not None]


def test_what_was_not_measured_is_an_outage() -> None:
    assert spans(minutes(*range(60, 40, -1), *range(20, 0, -1))) == [(40.0, 20.0)]


def test_a_device_that_fell_silent_is_out_until_now_and_one_that_came_back_from_the_start() -> None:
    assert spans(minutes(*range(60, 10, -1))) == [(10.0, 0.0)]
    assert spans(minutes(*range(30, 0, -1))) == [(60.0, 30.0)]


def test_before_a_device_was_added_nothing_is_missing() -> None:
    assert spans(minutes(*range(30, 0, -1)), created_at=NOON - timedelta(minutes=31)) == []


def test_a_device_without_any_measurement_is_out_since_it_is_down() -> None:
    assert spans([], state=State.DOWN, since=NOON - timedelta(minutes=15)) == [(15.0, 0.0)]
    assert spans([]) == []


def test_marks_are_drawn_behind_the_lines_with_their_shapes_and_words() -> None:
    figure = figures.chart([Curve("CPU", line(minutes(2, 1), [0.1, 0.2]))], Scale(units.PERCENT), WINDOW, DARK)
    marks = [Mark(What.REBOOT, NOON - MINUTE, "Rebooted"), Mark(What.OUTAGE, NOON - 9 * MINUTE, "No data", NOON)]
    layout = timemarks.drawn(figure, marks, NOON - 5 * MINUTE, DARK)["layout"]
    assert [shape["type"] for shape in layout["shapes"]] == ["line", "rect", "line"]
    assert layout["shapes"][2]["x0"] == int((NOON - 5 * MINUTE).timestamp() * 1000)
    assert [(note["text"], note["hovertext"]) for note in layout["annotations"]] == [
        ("↻", "Rebooted"),
        ("■", "No data"),
    ]
    assert json.dumps(layout, allow_nan=False)
    assert "shapes" not in figure["layout"]


def test_a_chart_bears_the_newest_of_too_many() -> None:
    figure = figures.chart([], Scale(units.PERCENT), WINDOW, DARK)
    many = [Mark(What.OPERATION, NOON - n * MINUTE, str(n)) for n in range(100, 0, -1)]
    notes = timemarks.drawn(figure, many, None, DARK)["layout"]["annotations"]
    assert len(notes) == timemarks.MOST
    assert notes[-1]["hovertext"] == "1"


def test_a_window_shows_what_reaches_into_it() -> None:
    reaching = Mark(What.MAINTENANCE, NOON - timedelta(hours=3), "", NOON - timedelta(minutes=30))
    marks = [Mark(What.REBOOT, NOON + MINUTE, ""), reaching, Mark(What.REBOOT, NOON - timedelta(hours=2), "")]
    assert timemarks.within(marks, WINDOW) == [reaching]
