"""Figures: gaps are gaps, units are round, nothing but the arguments counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from dashboard import explorefigures, figures, gaps, units
from dashboard.figures import Curve, Scale, Window
from dashboard.theme import DARK, LIGHT

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STEP = timedelta(seconds=10)
WINDOW = Window(NOON - timedelta(minutes=15), NOON, STEP)


def frame(*seconds: float, value: float = 0.5) -> pd.DataFrame:
    times = pd.to_datetime([NOON - timedelta(minutes=15) + timedelta(seconds=s) for s in seconds], utc=True)
    values = np.full(len(seconds), value)
    return pd.DataFrame({"time": times, "min": values - 0.1, "avg": values, "max": values + 0.1})


def line(figure: figures.Figure, place: int = -1) -> figures.Figure:
    """The drawn line, behind its areas."""
    return [trace for trace in figure["data"] if "fill" not in trace][place]


def draw(*curves: Curve, unit: units.Unit = units.PERCENT, high: float | None = None) -> figures.Figure:
    return figures.chart(curves, Scale(unit, 0.0, high), WINDOW, DARK)


def test_a_missing_step_breaks_the_line() -> None:
    drawn = line(draw(Curve("CPU", frame(0, 10, 20, 60, 70, 80))))
    assert [value is None for value in drawn["y"]] == [False, False, False, True, False, False, False]
    assert drawn["connectgaps"] is False


def test_a_late_step_does_not_break_it() -> None:
    assert None not in line(draw(Curve("CPU", frame(0, 10, 20, 44, 54))))["y"]


def test_coarse_history_before_fine_data_is_no_gap() -> None:
    history, live = [n * 300 for n in range(12)], [3300 + n * 10 for n in range(1, 40)]
    times = frame(*history, *live)
    window = Window(NOON - timedelta(hours=1), NOON, STEP)
    assert len(gaps.broken(times, window.step)) == len(times)


def test_a_lone_point_can_be_seen() -> None:
    broken = gaps.broken(frame(0, 10, 300, 600, 610), STEP)
    seconds = (broken["time"] - WINDOW.start).dt.total_seconds().tolist()
    assert seconds == [0, 10, 20, 300, 302.5, 310, 600, 610]
    assert broken["avg"].isna().tolist() == [False, False, True, False, False, True, False, False]
    assert len(gaps.broken(frame(5), STEP)) == 2


def test_nothing_gives_an_empty_chart_over_the_same_range() -> None:
    empty = draw(Curve("CPU", frame(), band=True, fill=True), high=1.0)
    assert line(empty)["y"] == []
    assert empty["layout"]["xaxis"]["range"] == draw(Curve("CPU", frame(0, 10)))["layout"]["xaxis"]["range"]


def test_a_band_shows_the_extremes_and_stops_at_gaps() -> None:
    band = next(t for t in draw(Curve("CPU", frame(0, 10, 20, 90, 100, 110), band=True))["data"] if "fill" in t)
    known = [y for y in band["y"] if y is not None]
    assert min(known) == 0.4
    assert max(known) == 0.6
    assert band["y"].count(None) == 2
    assert band["fill"] == "toself"


def test_what_goes_out_hangs_below_and_is_told_without_a_sign() -> None:
    drawn = draw(
        Curve("In", frame(0, 10, value=1e6)), Curve("Out", frame(0, 10, value=2e6), below=True), unit=units.BITS
    )
    out, axis = line(drawn), drawn["layout"]["yaxis"]
    assert out["y"] == [-2e6, -2e6]
    assert out["customdata"] == ["16.0 Mbit/s", "16.0 Mbit/s"]
    assert axis["range"][0] <= -2e6
    assert set(axis["ticktext"]) == {"15 Mbit/s", "10 Mbit/s", "5 Mbit/s", "0"}
    assert all(not tick.startswith(("-", "−")) for tick in axis["ticktext"])


def test_times_are_instants_that_the_browser_places() -> None:
    assert line(draw(Curve("CPU", frame(0))))["x"][0] == int(WINDOW.start.timestamp() * 1000)


def test_a_fixed_scale_is_kept() -> None:
    axis = draw(Curve("CPU", frame(0, 10, value=0.02)), high=1.0)["layout"]["yaxis"]
    assert axis["ticktext"][-1] == "100 %"
    assert axis["range"][1] >= 1.0


def test_a_floating_scale_has_room_around_the_values() -> None:
    floating = figures.chart([Curve("T", frame(0, 10, value=50.0))], Scale(units.CELSIUS, None), WINDOW, DARK)
    low, high = floating["layout"]["yaxis"]["range"]
    assert high - low >= 4
    assert low < 49.9 < 50.1 < high


def test_a_refresh_keeps_what_a_person_zoomed_and_another_range_does_not() -> None:
    later = Window(WINDOW.start + STEP, WINDOW.end + STEP, STEP)
    longer = Window(WINDOW.start - timedelta(hours=1), WINDOW.end, STEP)
    revisions = [
        figures.chart([], Scale(units.PERCENT), w, DARK)["layout"]["uirevision"] for w in (WINDOW, later, longer)
    ]
    assert revisions[0] == revisions[1] != revisions[2]


def test_the_colours_follow_the_palette() -> None:
    curve = Curve("CPU", frame(0, 10))
    dark, light = (line(figures.chart([curve], Scale(units.PERCENT), WINDOW, p)) for p in (DARK, LIGHT))
    assert dark["line"]["color"] == DARK.series[0]
    assert light["line"]["color"] == LIGHT.series[0]


def test_a_figure_is_plain_json_and_always_the_same() -> None:
    curve = Curve("CPU", frame(0, 10, 20, 60), band=True, fill=True)
    assert json.dumps(draw(curve), allow_nan=False) == json.dumps(draw(curve), allow_nan=False)


def test_the_fleet_lies_behind_lines_and_is_seen_as_a_whole() -> None:
    drawn = draw(Curve("CPU", frame(0, 10, value=0.3)))
    both = explorefigures.behind(drawn, frame(0, 10, value=0.8), DARK)
    assert both["data"][0]["name"] == "Fleet p5–p95"
    assert both["data"][1:] == drawn["data"]
    assert both["layout"]["yaxis"]["range"][1] >= 0.9


def test_a_sparkline_lifts_the_pen_over_what_is_missing() -> None:
    drawn = figures.spark([0.0, 1.0, None, None, 0.5, None, 0.5], width=60, height=20)
    assert drawn == "M0.0 19.0L10.0 1.0M40.0 10.0L60.0 10.0"
    assert figures.spark([None, None]) == ""
    assert figures.spark([7.0], top=1.0) == "M0.0 1.0"
