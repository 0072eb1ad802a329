"""What rollouts did, as marks on the explorer's lines and in words below: to named devices, or as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import controls, timemarks, units, upgrades
from dashboard.controls import marks
from dashboard.explore import Pick, Shape
from dashboard.exploredata import Found
from dashboard.exploreshown import Question
from dashboard.figures import Figure, Window
from dashboard.timemarks import GLYPHS, Mark
from fleet.identity import Scope

MOST = 8
"""Devices of which each install is told apart; of more the rollouts are told. Also the marks that are listed."""

SHAPES = (Shape.LINE, Shape.BAND)


def read(question: Question, found: Found) -> list[Mark]:
    """Tell what rollouts did within the range; nothing where the figure has no axis of time."""
    visit, asked, spanned = question.visit, question.asked, question.range
    if asked.shape not in SHAPES or not visit.principal.may(Scope.FIRMWARE_READ):
        return []
    devices = found.devices or ()
    if asked.pick is Pick.DEVICES and 0 < len(devices) <= MOST:
        names = {entry.row.id: entry.row.name for entry in visit.data.listed(visit.principal).entries}
        told = upgrades.marks(visit.data.rollouts.deeds(visit.principal, devices, spanned), names)
    else:
        told = upgrades.spans(visit.data.rollouts.going(visit.principal, spanned), visit.now)
    return timemarks.within(told, Window(spanned.start, spanned.end, found.answer.step))


def drawn(question: Question, figure: Figure, happened: Sequence[Mark]) -> Figure:
    """Draw marks behind the lines of a figure."""
    return timemarks.drawn(figure, happened, None, question.visit.look.palette) if happened else figure


def listed(question: Question, happened: Sequence[Mark]) -> list[Component]:
    """Write the newest marks in words, for those who do not point at them; each leads to the rollouts."""
    visit = question.visit
    items = [
        html.Li(
            controls.link(
                [
                    html.Span(GLYPHS[mark.what], className="glyph", **marks(aria_hidden="true")),
                    html.Span(units.clock_time(mark.at, visit.look.zone, visit.now), className="when"),
                    html.Span(mark.text),
                ],
                visit.address("firmware/rollouts"),
                kind="mark",
                **marks(data_mark=mark.what.value),
            )
        )
        for mark in reversed(happened[-MOST:])
    ]
    return [html.Ul(items, className="marks", **marks(aria_label="Marks of the chart"))] if items else []
