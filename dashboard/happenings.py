"""What happened to a device, in words: operations, changes of what it has, its state. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import controls, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.theme import SIGNS
from dashboard.timemarks import Mark, What
from db.chronicle import Happening, Source
from fleet.device import State
from fleet.identity import DeviceId
from fleet.operations import Outcome

_ISO = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")

LONGEST = 60
"""How much of a value is written out."""

OUTCOMES = {Outcome.FAILED.value: " failed", Outcome.PENDING.value: " is under way"}
DEEDS = {"created": "Added", "updated": "Changed", "deleted": "Removed", "moved": "Moved"}
THINGS = {
    "addresses": "Address",
    "interfaces": "Interface",
    "neighbours": "Neighbour",
    "packages": "Package",
    "resource": "System",
    "routerboard": "RouterBOARD",
    "routes": "Route",
    "services": "Service",
    "users": "User",
}
"""One of each kind; the others are one themselves."""

GLYPHS = {Source.OPERATION: "✎", Source.INVENTORY: "±", Source.STATE: "●"}


@dataclass(frozen=True, slots=True)
class Told:
    """A happening in words: what it was, the facts of it, and whether it went wrong."""

    title: str
    facts: tuple[str, ...] = ()
    bad: bool = False


def told(one: Happening, zone: tzinfo = UTC) -> Told:
    """Put a happening into words; instants among its facts are those of a clock of the zone."""
    words = {Source.OPERATION: _operation, Source.INVENTORY: _change, Source.STATE: _state}[one.source](one)
    return replace(words, facts=tuple(_ISO.sub(lambda found: _clock(found[0], one.at, zone), f) for f in words.facts))


def versions(found: Iterable[Happening]) -> list[Mark]:
    """Tell the changes of version among happenings: of what runs, once for all packages that came with it."""
    return [Mark(What.VERSION, one.at, title) for one in found if (title := _version(one))]


def operations(found: Iterable[Happening]) -> list[Mark]:
    """Tell what people and jobs did among happenings."""
    return [
        Mark(What.OPERATION, one.at, f"{told(one).title} by {one.by}")
        for one in found
        if one.source is Source.OPERATION
    ]


def table(found: Sequence[Happening], visit: Visit, names: Mapping[DeviceId, str] | None = None) -> Component:
    """List happenings, the newest first; those of several devices with ``names``, as far as they are there."""
    columns = ("Time", *(() if names is None else ("Device",)), "What", "Facts", "By")
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(name, scope="col") for name in columns])),
            html.Tbody([_row(one, visit, names) for one in found]),
        ],
        className="table happenings",
    )


def _whose(one: Happening, visit: Visit, names: Mapping[DeviceId, str]) -> Component:
    name = names.get(one.device_id)
    if name is None:
        return html.Td(html.Span("removed", className="muted", title=str(one.device_id)))
    return html.Td(controls.link(name, visit.address(f"device/{one.device_id}/events")))


def _row(one: Happening, visit: Visit, names: Mapping[DeviceId, str] | None) -> Component:
    words = told(one, visit.look.zone)
    glyph = html.Span(GLYPHS[one.source], className="glyph", **marks(aria_hidden="true"))
    return html.Tr(
        [
            html.Td(units.clock_time(one.at, visit.look.zone, visit.now), className="when"),
            *([] if names is None else [_whose(one, visit, names)]),
            html.Td([glyph, words.title]),
            html.Td([html.Div(fact) for fact in words.facts], className="mono facts-of"),
            html.Td(one.by, className="muted"),
        ],
        **marks(data_source=one.source.value, data_tone=words.bad and "bad"),
    )


def _operation(one: Happening) -> Told:
    thing, _, deed = one.kind.partition(".")
    title = f"{thing.replace('_', ' ').capitalize()} {DEEDS.get(deed, deed.replace('_', ' ')).lower()}"
    detail = dict(one.detail)
    outcome, error = detail.pop("outcome", None), detail.pop("error", None)
    detail.pop("request_id", None)
    said = {n: v for n, v in detail.items() if v not in (None, "", [], {}) and not n.endswith("_id")}
    facts = tuple(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in said.items())
    if error:
        facts = (_value(error), *facts)
    bad = outcome == Outcome.FAILED
    state = OUTCOMES.get(str(outcome), "")
    return Told(title + state, facts, bad)


def _change(one: Happening) -> Told:
    kind, _, what = one.kind.partition(".")
    key = str(one.detail.get("key") or "").replace("|", " ")
    before, after = _facts(one, "before"), _facts(one, "after")
    thing = THINGS.get(kind, kind.replace("_", " ").capitalize())
    title = _version(one) or f"{thing} {key} {what}".replace("  ", " ")
    if what == "changed":
        return Told(title, tuple(_differences(before, after)))
    return Told(title, tuple(f"{name}: {_value(value)}" for name, value in (after or before).items()))


def _state(one: Happening) -> Told:
    state = one.kind.partition(".")[2]
    sign = SIGNS[State(state)] if state in set(State) else None
    error = one.detail.get("error")
    title = f"{sign.word if sign else state} from then on"
    return Told(title, (str(error),) if error else (), state in (State.DOWN, State.DEGRADED))


def _version(one: Happening) -> str:
    """Tell a change of version: 7.15 → 7.16."""
    kind = one.kind.partition(".")[0]
    before, after = _facts(one, "before"), _facts(one, "after")
    names = {"version": "RouterOS", "firmware": "Boot firmware"}
    if one.source is not Source.INVENTORY or kind not in ("resource", "routerboard"):
        return ""
    changed = [f"{word} {before[n]} → {after[n]}" for n, word in names.items() if n in before and n in after]
    return ", ".join(changed)


def _facts(one: Happening, name: str) -> Mapping[str, Any]:
    found = one.detail.get(name)
    return found if isinstance(found, Mapping) else {}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        was, now = (_value(facts[name]) if name in facts else units.NOTHING for facts in (before, after))
        yield f"{name}: {was} → {now}"


def _clock(text: str, now: datetime, zone: tzinfo) -> str:
    return units.clock_time(datetime.fromisoformat(text), zone, now)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))[:LONGEST]
    return str(value)[:LONGEST]
