"""Small tables: a heading with its count, columns, rows that are cut where a person would no longer read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import controls, units
from dashboard.controls import marks

MOST = 300
"""Rows that are laid out; a list beyond that is told to go on."""


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, current: int = -1) -> Component:
    """Lay a table out under its title; a column whose name begins with ``#`` is of numbers.

    ``current`` is the place of the row that is shown elsewhere on the page.
    """
    numbers = [name.startswith("#") for name in columns]
    laid = html.Table(
        [
            html.Thead(html.Tr([_head(name) for name in columns])),
            html.Tbody([_row(row, numbers, n == current) for n, row in enumerate(rows[:MOST])]),
        ],
        className="table",
    )
    return framed(title, laid, len(rows))


def framed(title: str, laid: Component, count: int) -> Component:
    """Put a table into a frame under its title; it scrolls in itself, and says how many rows it leaves out."""
    return html.Section(
        [
            html.Header([html.H2(title), html.Span(units.plural(count, "row"), className="muted")]),
            html.Div(laid, className="scroll", tabIndex="0", role="region", **marks(aria_label=title)),
            html.P(f"{count - MOST:,} more are not shown.", className="muted") if count > MOST else None,
        ],
        className="panel wide sheet-of",
        **marks(aria_label=title),
    )


def number(text: str) -> Component:
    """Show a number; one that is zero or unknown is pale."""
    return html.Span(text, className="muted" if text.split(" ")[0] in ("0", units.NOTHING) else None)


def sign(word: str, state: str) -> Component:
    """Show how something is by shape, word and colour, in the manner of the state of a device."""
    glyph = {"up": "●", "down": "■", "degraded": "▲", "stale": "◌"}[state]
    return html.Span(
        [html.Span(glyph, className="glyph", **marks(aria_hidden="true")), word],
        className="state",
        **marks(data_state=state),
    )


def choice(text: str, href: str) -> Component:
    """Make a link that chooses a row, without leaving the page."""
    return controls.link(text, href, kind="mono")


def _head(name: str) -> Component:
    return html.Th(name.removeprefix("#"), scope="col", className="number" if name.startswith("#") else None)


def _row(row: Sequence[Any], numbers: Sequence[bool], current: bool) -> Component:
    cells = [
        html.Td(cell, className="number" if is_number else None) for cell, is_number in zip(row, numbers, strict=True)
    ]
    return html.Tr(cells, **marks(aria_current=current and "true"))
