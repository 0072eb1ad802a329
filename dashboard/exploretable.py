"""The groups of an answer as a table: what each came to, what it was earlier, and the way to look closer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import controls, explore, exploreframes, units
from dashboard.controls import marks
from dashboard.explore import Asked, Pick, Shape
from dashboard.exploreframes import EARLIER, NOW
from dashboard.units import Unit
from db.answers import Answer, Line
from fleet.belonging import NO_SITE, NO_TAG

SERIES = 6
"""Colours of lines; who comes after the last is dashed."""

DRILLED = {"site": Pick.SITE, "tag": Pick.TAG, "model": Pick.MODEL}
"""Groups whose devices can be asked for by the name of the group."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: the address of the tenant's pages, and the words of the page's own."""

    home: str
    words: Mapping[str, str]


def table(asked: Asked, answer: Answer, read: pd.DataFrame, place: Place) -> Component:
    """Lay the groups out in the order in which they are drawn; a table of its own has the greatest mean first."""
    unit = units.of(answer.unit)
    found = exploreframes.summary(read, ())
    now, before = (_cells(found, period) for period in (NOW, EARLIER))
    lines = {line.title: line for line in answer.lines}
    order = list(dict.fromkeys([*now, *before])) if asked.shape is Shape.TABLE else list(lines)
    names = ["mean"] if asked.shape is Shape.TOP else ["last", "mean", "min", "max"]
    heads = ["Value"] if asked.shape is Shape.TOP else ["Last", "Mean", "Least", "Greatest"]
    compared = ["Earlier", "Change"] if asked.compare else []
    rows = []
    for number, title in enumerate(order):
        told = [unit.text(_cell(now, title, name)) for name in names]
        if compared:
            told += _compared(_cell(now, title, "mean"), _cell(before, title, "mean"), unit)
        key = _key(number) if asked.shape is Shape.LINE else None
        rows.append(_row([key, _group(asked, lines[title], place)], told))
    head = html.Tr([html.Th("Group", scope="col"), *(html.Th(h, scope="col") for h in [*heads, *compared])])
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="table groups"), className="scroll")


def _row(name: Sequence[Component | None], told: Sequence[str]) -> Component:
    return html.Tr(
        [html.Th([part for part in name if part is not None], scope="row"), *(html.Td(text) for text in told)]
    )


def _cells(found: pd.DataFrame, period: str) -> dict[str, dict[str, float]]:
    """Give what each group came to in a period, by the group's title."""
    rows = found[found["period"] == period].to_dict("records")
    return {str(row["title"]): {str(name): value for name, value in row.items()} for row in rows}


def _cell(found: Mapping[str, Mapping[str, float]], title: str, name: str) -> float | None:
    return found.get(title, {}).get(name)


def _compared(now: float | None, before: float | None, unit: Unit) -> list[str]:
    if now is None or before is None or not before:
        return [unit.text(before), units.NOTHING]
    change = 100 * (now - before) / abs(before)
    return [unit.text(before), f"{'+' if change > 0 else ''}{units.digits(change)} %"]


def _key(number: int) -> Component:
    kind = f"key series-{number % SERIES + 1} dash-{number // SERIES}"
    return html.Span(className=kind, **marks(aria_hidden="true"))


def _group(asked: Asked, line: Line, place: Place) -> Component:
    """Lead from a group to the device, or to the devices that it is made of."""
    name = line.title or "All together"
    if device := line.group.get("device"):
        return controls.link(name, f"{place.home}device/{device}")
    for grouping, pick in DRILLED.items():
        word = line.group.get(grouping)
        if word and word not in (NO_SITE, NO_TAG) and len(asked.by) == 1:
            href = explore.link(place.words, **{"of": pick.value, "in": word, "by": "device"})
            return controls.link(name, href, title="Show the devices of this group")
    return html.Span(name)
