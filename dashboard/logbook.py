"""What the pages of the logs share: filters in the address, chips that remove them, the way to older entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from api.times import instant
from dashboard import controls, forms
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.state import END
from fleet.errors import BadInput

RANGE = ("from", "to")


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when a log is read; all times where neither is said."""

    start: datetime | None = None
    end: datetime | None = None
    words: str = ""


def spanned(visit: Visit) -> Span:
    """Tell the span that the address asks for; raises BadInput for one that is none."""
    if not any(name in visit.asked for name in RANGE):
        return Span()
    start, end = visit.asked.get("from", ""), visit.asked.get("to", END)
    until = None if end == END else instant(end, visit.now)
    given = Span(instant(start, visit.now) if start else None, until, f"{start or 'the beginning'} to {end}")
    if given.start and given.end and given.start >= given.end:
        raise BadInput("The range ends before it begins.", "Choose another one, or none.")
    return given


def filters(visit: Visit, title: str, fields: Sequence[Field]) -> Component:
    """Offer the filters of a log as a form, and each that is in force as a chip."""
    kept = {name: visit.asked[name] for name in RANGE if name in visit.asked}
    filled = [name for name in (field.name for field in fields) if visit.asked.get(name)]
    form = Form(title=title, method="GO", path=visit.address(visit.path), fields=fields, submit="Show", fixed=kept)
    form = form.filled(**{name: visit.asked[name] for name in filled})
    words = {field.name: field.label for field in fields}
    chips = [controls.chip(f"{words[name]}: {visit.asked[name]}", other(visit, **{name: ""})) for name in filled]
    if said := spanned(visit).words:
        chips.append(controls.chip(said, other(visit, **dict.fromkeys(RANGE, ""))))
    else:
        chips.append(html.Span("Of all times; the time range narrows it.", className="muted"))
    return html.Div([forms.button("Filter", form, kind="small"), *chips], className="filters")


def other(visit: Visit, **words: str) -> str:
    """Write the query of the same page with other words; an empty one is left out, and the log begins anew."""
    return query({**visit.asked, "before": "", **words})


def query(words: Mapping[str, str]) -> str:
    """Write the query of an address from the words that are not empty."""
    return f"?{urlencode({name: word for name, word in words.items() if word})}"


def pager(visit: Visit, following: str | None) -> Component | None:
    """Lead to older entries, and back to the newest."""
    newest = controls.link("← The newest", other(visit)) if visit.asked.get("before") else None
    older = controls.link("Older →", other(visit, before=following)) if following else None
    return html.Div([newest, older], className="pager") if newest or older else None


def nothing(visit: Visit, empty: str) -> Component:
    """Say that there is no entry, or none that the filters let through."""
    if set(visit.asked) - {"before"}:
        return controls.notice("Nothing fits the filters", "Take one of them away.", controls.link("Show all", "?"))
    return controls.notice("Nothing yet", empty)
