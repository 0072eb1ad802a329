"""What rollouts did, and alerts of named devices, as marks on the explorer's lines and in words below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import controls, timemarks, units, upgrades
from dashboard.controls import marks
from dashboard.explore import Pick, Shape
from dashboard.exploredata import Found
from dashboard.exploreshown import Question
from dashboard.figures import Figure, Window
from dashboard.timemarks import GLYPHS, Mark, What
from fleet.identity import DeviceId, Scope

MOST = 8
"""Devices of which each install is told apart; of more the rollouts are told. Also the marks that are listed."""

SHAPES = (Shape.LINE, Shape.BAND)


def read(question: Question, found: Found) -> list[Mark]:
    """Tell what happened within the range; nothing where the figure has no axis of time."""
    if question.asked.shape not in SHAPES:
        return []
    few = question.asked.pick is Pick.DEVICES and 0 < len(found.devices or ()) <= MOST
    listed = question.visit.data.listed(question.visit.principal).entries if few else ()
    chosen = {*(found.devices or ())} if few else set()
    names = {entry.row.id: entry.row.name for entry in listed if entry.row.id in chosen}
    told = [*_rollouts(question, names), *_alerts(question, names)]
    spanned = question.range
    return timemarks.within(told, Window(spanned.start, spanned.end, found.answer.step))


def _rollouts(question: Question, names: Mapping[DeviceId, str]) -> list[Mark]:
    """Tell each install of few devices, else the rollouts."""
    visit, spanned = question.visit, question.range
    if not visit.principal.may(Scope.FIRMWARE_READ):
        return []
    if names:
        return upgrades.marks(visit.data.rollouts.deeds(visit.principal, list(names), spanned), names)
    return upgrades.spans(visit.data.rollouts.going(visit.principal, spanned), visit.now)


def _alerts(question: Question, names: Mapping[DeviceId, str]) -> list[Mark]:
    """Tell when alerts of few devices began."""
    visit = question.visit
    if not visit.principal.may(Scope.ALERTS_READ):
        return []
    return [
        Mark(What.ALERT, one.start, f"{name}: alert, {one.severity.value}: {one.rule}")
        for device_id, name in names.items()
        for one in visit.data.alerts.stood(visit.principal, device_id, question.range)
    ]


def drawn(question: Question, figure: Figure, happened: Sequence[Mark]) -> Figure:
    """Draw marks behind the lines of a figure."""
    return timemarks.drawn(figure, happened, None, question.visit.look.palette) if happened else figure


def listed(question: Question, happened: Sequence[Mark]) -> list[Component]:
    """Write the newest marks in words, for those who do not point at them; each leads to its list."""
    visit = question.visit
    items = [
        html.Li(
            controls.link(
                [
                    html.Span(GLYPHS[mark.what], className="glyph", **marks(aria_hidden="true")),
                    html.Span(units.clock_time(mark.at, visit.look.zone, visit.now), className="when"),
                    html.Span(mark.text),
                ],
                visit.address("alerts" if mark.what is What.ALERT else "firmware/rollouts"),
                kind="mark",
                **marks(data_mark=mark.what.value),
            )
        )
        for mark in reversed(happened[-MOST:])
    ]
    return [html.Ul(items, className="marks", **marks(aria_label="Marks of the chart"))] if items else []
