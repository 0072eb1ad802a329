"""The explorer's frames and figures: what few or odd measurements look like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard import explorefigures, exploreframes, units
from dashboard.explore import Band, Shape
from dashboard.figures import Figure, Window
from dashboard.theme import DARK

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)
WINDOW = Window(NOON, NOON + timedelta(minutes=10), STEP)


def read(*rows: tuple[str, str, int, float | None]) -> pd.DataFrame:
    """Points of groups: title, period, minute, value."""
    frame = pd.DataFrame(rows, columns=["title", "period", "minute", "value"])
    frame["time"] = pd.to_datetime([NOON + timedelta(minutes=int(minute)) for minute in frame["minute"]], utc=True)
    values = frame["value"].astype(float)
    frame = frame.assign(value=values, min=values, avg=values, max=values)
    return frame.astype({"title": "category", "period": "category"})


def points(title: str, *values: float | None, period: str = "points") -> list[tuple[str, str, int, float | None]]:
    return [(title, period, minute, value) for minute, value in enumerate(values) if value is not None]


def seen(figure: Figure) -> list[tuple[str, str]]:
    return [(trace["name"], trace["line"]["dash"]) for trace in figure["data"]]


def test_lines_after_the_last_colour_are_dashed_and_ghosts_lie_behind() -> None:
    rows = [row for n in range(7) for row in points(f"d{n}", 0.1, 0.2)]
    rows += points("d0", 0.3, 0.3, period="earlier")
    drawn = explorefigures.lines(read(*rows), WINDOW, DARK, units.PERCENT)
    assert seen(drawn)[0] == ("d0, earlier", "dot")
    assert seen(drawn)[1] == ("d0", "solid")
    assert seen(drawn)[-1] == ("d6", "dash")
    assert drawn["layout"]["hovermode"] == "x unified"


def test_a_step_that_is_missing_is_a_hole_in_a_heatmap() -> None:
    shown = read(*points("a", 1.0, None, None, 4.0), *points("b", 2.0))
    (cells,) = explorefigures.heatmap(shown, WINDOW, DARK, units.COUNT)["data"]
    assert cells["z"] == [[1.0, None, None, 4.0], [2.0, None, None, None]]
    assert cells["customdata"][0] == ["1.00", None, None, "4.00"]


def test_the_steps_of_a_heatmap_begin_where_the_first_does() -> None:
    odd = read(*points("a", 1.0, 2.0)).assign(time=lambda f: f["time"] + timedelta(seconds=7))
    (cells,) = explorefigures.heatmap(odd, WINDOW, DARK, units.COUNT)["data"]
    assert len(cells["x"]) == 2


def test_a_band_knows_each_step_by_itself() -> None:
    rows = [row for n in range(21) for row in points(f"d{n}", n / 20, 0.5)]
    band = exploreframes.band(read(*rows), Band.PERCENTILES)
    assert band.loc[0, ["low", "middle", "high"]].tolist() == pytest.approx([0.05, 0.5, 0.95])
    assert band.loc[1, ["low", "middle", "high"]].tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert exploreframes.band(read(*rows), Band.EXTREMES).loc[0, ["low", "high"]].tolist() == [0, 1]


def test_one_value_has_a_distribution() -> None:
    counted = exploreframes.distribution(read(*points("a", 0.5, 0.5), *points("a", 0.7, period="earlier")))
    assert (counted["points"].sum(), counted["earlier"].sum()) == (2, 1)
    drawn = explorefigures.distribution(counted, DARK, units.PERCENT)
    assert [trace["name"] for trace in drawn["data"]] == ["Now", "Earlier"]


def test_the_greatest_mean_comes_first() -> None:
    whole = exploreframes.summary(read(*points("low", 1.0, 2.0), *points("high", 9.0, 3.0)), ())
    assert whole["title"].tolist() == ["high", "low"]
    assert whole[["min", "mean", "max", "last", "count"]].loc[0].tolist() == [3, 6, 9, 3, 2]


def test_below_zero_the_axis_follows_the_values() -> None:
    shown = read(*points("a", -70.0, -60.0), *points("b", -80.0))
    lines = explorefigures.lines(shown, WINDOW, DARK, units.DBM)
    assert lines["layout"]["yaxis"]["range"][1] < 0
    bars = explorefigures.ranking(shown[shown["time"] == NOON], DARK, units.DBM)
    assert bars["layout"]["xaxis"]["range"][0] < -80


@pytest.mark.parametrize("shape", [Shape.LINE, Shape.HEATMAP, Shape.TOP])
def test_what_is_no_number_is_not_drawn(shape: Shape) -> None:
    shown = read(*points("a", 1.0), ("b", "points", 0, np.nan))
    drawn = {
        Shape.LINE: lambda: explorefigures.lines(shown, WINDOW, DARK, units.COUNT),
        Shape.HEATMAP: lambda: explorefigures.heatmap(shown, WINDOW, DARK, units.COUNT),
        Shape.TOP: lambda: explorefigures.ranking(shown, DARK, units.COUNT),
    }[shape]()
    assert "nan" not in str(drawn["data"]).lower()
