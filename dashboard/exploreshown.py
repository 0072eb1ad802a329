"""What the explorer shows of an answer: the figure, the table, the program, a file, and what is said beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from dash import html
from dash.development.base_component import Component

from api.exports import FORMATS
from dashboard import controls, explore, explorefigures, exploreform, exploreframes, exploretable, units
from dashboard.door import Visit
from dashboard.explore import Asked, Pick, Shape
from dashboard.exploredata import Found
from dashboard.exploretable import Place
from dashboard.figures import Figure, Window
from db.partials import Role
from db.ranges import Range
from fleet import sheets
from fleet.errors import BadInput

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
BAND = timedelta(minutes=5)
"""The grid of the fleet's band, as behind a device: the same is asked for behind all that are looked at meanwhile."""

SHORTEST, LONGEST = 10, 30
"""How often a range that moves along is drawn anew, in seconds."""

EARLIER: Mapping[Shape, str] = {
    Shape.LINE: "dotted",
    Shape.BAND: "dotted",
    Shape.DISTRIBUTION: "outlined",
    Shape.TOP: "the marks",
}
"""How a figure shows what it is compared with."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked by whom, and of which range."""

    visit: Visit
    asked: Asked
    range: Range

    @classmethod
    def of(cls, visit: Visit) -> Question:
        """Read the question of an address; raises BadInput. A range that moves along ends at a whole step."""
        asked = explore.read(visit.asked, visit.data.families)
        spanned = visit.view.range(visit.now)
        if not visit.view.live:
            return cls(visit, asked, spanned)
        seconds = round(spanned.length.total_seconds() / explore.FINEST)
        step = timedelta(seconds=min(max(seconds, SHORTEST), LONGEST))
        end = EPOCH - (EPOCH - spanned.end) // step * step
        return cls(visit, asked, Range(end - spanned.length, end))

    @property
    def key(self) -> str:
        """Name what is shown, so that the same is not drawn twice."""
        words = sorted(self.visit.asked.items())
        return f"{words} {self.range.start} {self.range.end} {self.visit.look.palette.page}"

    @property
    def drawn(self) -> dict[str, Any]:
        """Tell what the browser keeps: the key, what the controls show, and the range to the microsecond."""
        span = {"from": self.range.start.isoformat(), "to": self.range.end.isoformat()}
        return {"key": self.key, "words": exploreform.values(self.asked), "said": self.said, **span}

    @property
    def said(self) -> str:
        """Say what is asked in one line."""
        asked = self.asked
        name = exploreform.title(asked.field, asked.column.name)
        by = f" by {', '.join(exploreform.grouping(name).lower() for name in asked.by)}" if asked.by else ""
        where = f" · {asked.where[0].replace('_', ' ')} {asked.where[1]}" if asked.where else ""
        return f"{name} · {exploreform.AGGREGATES[asked.aggregate].lower()}{by}{where} · {_whom(asked)}"


def figure(question: Question, found: Found) -> Figure | None:
    """Draw the answer; a table has no figure."""
    frame = exploreframes.shown(question.asked, found.read)
    window = Window(question.range.start, question.range.end, found.answer.step)
    unit = units.of(found.answer.unit)
    drawn = explorefigures.figure(question.asked, frame, window, question.visit.look.palette, unit)
    if drawn is not None and question.asked.fleet:
        drawn = _before_the_fleet(question, drawn)
    if drawn is not None:
        drawn["layout"]["uirevision"] = question.said
    return drawn


def _before_the_fleet(question: Question, drawn: Figure) -> Figure:
    """Lay where nine of ten devices of the fleet are behind lines of devices; what cannot be told is left out."""
    asked, visit = question.asked, question.visit
    start = EPOCH + (question.range.start - EPOCH) // BAND * BAND
    spanned = Range(start, start + BAND * -((start - question.range.end) // BAND))
    try:
        fleet = visit.data.beside.band(visit.principal, (asked.family.name, asked.column.name), spanned)
    except BadInput:
        return drawn
    return explorefigures.behind(drawn, fleet, visit.look.palette) if len(fleet) else drawn


def table(question: Question, found: Found) -> Component | None:
    """Lay the groups out as a table; a band and a distribution have none."""
    if question.asked.shape in (Shape.BAND, Shape.DISTRIBUTION):
        return None
    visit = question.visit
    return exploretable.table(question.asked, found.answer, found.read, Place(visit.address(), visit.asked))


def file(question: Question, found: Found, kind: str) -> tuple[str, bytes]:
    """Write what is shown as a file: its name and its content."""
    asked, form = question.asked, FORMATS[kind]
    frame = exploreframes.shown(asked, found.read)
    if kind == "csv":
        frame = _guarded(frame)
    whole = pa.Table.from_pandas(frame, preserve_index=False)
    name = f"{asked.metric}-{asked.shape}-{question.range.end:%Y%m%dT%H%M%SZ}.{form.ending}"
    return name, b"".join(form.encode(whole.schema, whole.to_batches()))


def caption(question: Question, found: Found) -> list[Component]:
    """Say what is shown, and what it was read from."""
    asked, answer = question.asked, found.answer
    told = [units.plural(found.count, "device"), *_steps(asked, found)]
    if asked.shape is Shape.DISTRIBUTION:
        told += _spread(found)
    if asked.compare and asked.shape in EARLIER:
        told.append(f"{EARLIER[asked.shape]}: a {asked.compare} before")
    if answer.read.resolution.span:
        told.append(f"from {answer.read.resolution} roll-ups")
    if answer.read.basis != "samples":
        told.append(f"of {answer.read.basis}")
    if asked.role is Role.STATE and answer.unit != "rows":
        told.append(", ".join(f"{place} = {word}" for place, word in enumerate(asked.field.states)))
    return [html.H2(question.said), html.Span(" · ".join(told), className="muted")]


def notes(question: Question, found: Found) -> Iterator[Component]:
    """Say where an answer is less than it seems: devices that are gone, groups that are not shown, nothing at all."""
    asked, words = question.asked, question.visit.asked
    missing = len(asked.devices) - found.count if asked.pick is Pick.DEVICES and asked.chosen else 0
    if missing > 0:
        yield html.P(f"{units.plural(missing, 'named device')} cannot be seen: removed, or never there.")
    if asked.pick is not Pick.ALL and not asked.chosen:
        yield html.P("Nothing is chosen yet, so these are all devices.")
    if asked.compare and not (found.read["period"] == exploreframes.EARLIER).any():
        yield html.P(f"There is nothing to compare with: nothing was measured a {asked.compare} before.")
    if found.more:
        larger = next((top for top in explore.TOPS if top > (asked.limit or 0)), None)
        fits = larger is not None and (asked.shape is not Shape.LINE or larger <= explore.MOST[Shape.LINE])
        more = {"top": str(larger)} if fits else {"as": Shape.TABLE.value, "top": str(explore.TOPS[-1])}
        word = f"Show {larger}" if fits else "Show a table"
        step: list[Any] = (
            [" ", controls.link(word, explore.link(words, **more))] if asked.limit != explore.TOPS[-1] else []
        )
        yield html.P([f"These are the {asked.limit} greatest groups of more.", *step])


def nothing(words: Mapping[str, str], found: Found) -> Component:
    """Say that there is nothing to show, and where there may be something."""
    if not found.count:
        return controls.notice(
            "No device is meant",
            "There is none that fits what was chosen.",
            controls.link("Ask of all devices", explore.link(words, of="", **{"in": ""})),
        )
    longer = explore.link({name: word for name, word in words.items() if name != "to"}, **{"from": "now-7d"})
    return controls.notice(
        "Nothing was measured",
        "These devices told nothing of this metric in this range.",
        controls.link("Look at the last 7 days", longer),
        controls.link("Choose another metric", explore.link(words, metric="", where="")),
    )


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep spreadsheets from computing what devices call themselves."""
    words = frame.select_dtypes("category").columns
    return frame.assign(**{str(name): frame[name].astype(str).map(sheets.guarded) for name in words})


def _steps(asked: Asked, found: Found) -> list[str]:
    groups = units.plural(len(found.answer.lines), "group")
    if asked.shape is Shape.TOP:
        return [groups, "the whole range"]
    return [groups, f"steps of {units.span(found.answer.step)}"]


def _spread(found: Found) -> list[str]:
    values = found.read.loc[found.read["period"] == exploreframes.NOW, "value"].dropna()
    unit = units.of(found.answer.unit)
    names = {"p5": exploreframes.LOW, "median": 0.5, "p95": exploreframes.HIGH}
    return (
        [f"{name} {unit.text(float(values.quantile(part)))}" for name, part in names.items()] if len(values) else []
    )


def _whom(asked: Asked) -> str:
    if asked.pick is Pick.DEVICES and asked.chosen:
        return f"{units.plural(len(asked.devices), 'device')} by name"
    if not asked.chosen:
        return "all devices"
    return f"text “{asked.chosen}”" if asked.pick is Pick.TEXT else f"{asked.pick} {asked.chosen}"
