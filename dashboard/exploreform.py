"""The controls of the explorer: what can be chosen, and what is. A choice goes into the address by ``explore.js``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard import controls, explore
from dashboard.controls import marks
from dashboard.explore import ALONE, MOST_GROUPINGS, NAMED, TOPS, Asked, Band, Pick, Shape
from dashboard.roster import Entry
from db.aggregates import ALLOWED, Aggregate
from db.groupings import GROUPINGS, known
from fleet.families import Family, Field, Kind
from fleet.identity import DeviceId

OFFERED = 50
"""Devices that are offered at once, of those that a search finds."""
LISTED = 500
"""Sites, tags and models that are offered."""

AGGREGATES: Mapping[Aggregate, str] = {
    Aggregate.AVG: "Mean",
    Aggregate.MIN: "Least",
    Aggregate.MAX: "Greatest",
    Aggregate.P50: "Median (p50)",
    Aggregate.P95: "p95",
    Aggregate.P99: "p99",
    Aggregate.SUM: "Sum",
    Aggregate.RATE: "Rate a second",
    Aggregate.LAST: "Last",
    Aggregate.COUNT: "Number of samples",
}
PICKS: Mapping[Pick, str] = {
    Pick.ALL: "All devices",
    Pick.SITE: "Those of a site",
    Pick.TAG: "Those with a tag",
    Pick.MODEL: "Those of a model",
    Pick.TEXT: "Those with a text",
    Pick.DEVICES: f"Up to {NAMED} by name",
}
SHAPES: Mapping[Shape, str] = {
    Shape.LINE: "Lines",
    Shape.BAND: "Band",
    Shape.HEATMAP: "Heatmap",
    Shape.DISTRIBUTION: "Distribution",
    Shape.TABLE: "Table",
    Shape.TOP: "Top",
}
COMPARED: Mapping[str, str] = {"": "Nothing", "day": "Day before", "week": "Week before"}
BEHIND: Mapping[str, str] = {"": "Nothing", explore.FLEET: "Fleet p5 – p95"}
BANDS: Mapping[Band, str] = {Band.PERCENTILES: "p5 – p95", Band.EXTREMES: "Min – max"}
STILL = {"size": "xs", "comboboxProps": {"transitionProps": {"duration": 0}}}
ONE = {**STILL, "allowDeselect": False, "maxDropdownHeight": 360}
MANY = {**STILL, "hidePickedOptions": True}
TYPED = {"size": "xs", "debounce": 500, "spellCheck": False}
NAMES = ("metric", "agg", "by", "of", "pick", "devices", "text", "where", "top")
"""The controls, in the order in which ``explore.js`` is told their values."""
PROPERTIES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(NAMES, ("value",)),
    **dict.fromkeys(("agg", "devices"), ("value", "data")),
    "by": ("value", "data", "placeholder"),
    "pick": ("value", "data", "label"),
    "where": ("value", "className", "label"),
    "of": ("value", "className"),
}
"""What changes with the question."""

Options = list[dict[str, Any]]

_TOLD: Mapping[Pick, Callable[[Entry], Sequence[str | None]]] = {
    Pick.SITE: lambda entry: (entry.row.site,),
    Pick.TAG: lambda entry: entry.row.tags,
    Pick.MODEL: lambda entry: (entry.row.model,),
}


def metrics(families: Mapping[str, Family]) -> Options:
    """Offer every field of every family, and of a counter also the rate that each poll told."""
    return [
        {"group": family.title, "items": [_option(f"{family.name}.{c}", title) for c, title in _fields(family)]}
        for family in sorted(families.values(), key=lambda family: family.title)
    ]


def title(field: Field, column: str) -> str:
    """Name a field for people."""
    name = field.title or field.stem.replace("_", " ")
    return f"{name}, rate of each poll" if column == f"{field.stem}_rate" and column != field.name else name


def values(asked: Asked) -> dict[str, str]:
    """Tell what each control shows, as the address says it."""
    return {
        "metric": asked.metric,
        "agg": asked.aggregate.value,
        "by": ",".join(asked.by) or ALONE,
        "of": asked.pick.value,
        "pick": asked.chosen if asked.pick in (Pick.SITE, Pick.TAG, Pick.MODEL) else "",
        "devices": ",".join(map(str, asked.devices)),
        "text": asked.chosen if asked.pick is Pick.TEXT else "",
        "where": _where(asked),
        "top": str(asked.top or ""),
    }


def properties(asked: Asked, entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """Tell what the controls offer and show; ``entries`` are the tenant's devices."""
    shown = values(asked)
    labels = asked.family.labels
    return {
        "metric": {"value": shown["metric"]},
        "agg": {"value": shown["agg"], "data": [_option(a, AGGREGATES[a]) for a in ALLOWED[asked.role]]},
        "by": {
            "value": list(asked.by),
            "data": [_option(name, grouping(name)) for name in known(asked.family)],
            "placeholder": "" if asked.by else "All in one",
        },
        "of": {"value": shown["of"], "className": f"picks-{asked.pick}"},
        "pick": {
            "value": shown["pick"] or None,
            "data": _listed(asked.pick, entries),
            "label": asked.pick.value.title(),
        },
        "devices": {"value": [str(device) for device in asked.devices], "data": offered(entries, asked.devices, "")},
        "text": {"value": shown["text"]},
        "where": {
            "value": shown["where"],
            "className": "" if labels else "absent",
            "label": f"Only {labels[0].replace('_', ' ')}" if labels else "Only instance",
        },
        "top": {"value": shown["top"]},
    }


def layout(families: Mapping[str, Family], now: Mapping[str, Mapping[str, Any]]) -> Component:
    """Lay the controls out."""
    picks = [_option(pick, word) for pick, word in PICKS.items()]
    tops = [_option("", "As many as fit"), *(_option(str(top), f"The greatest {top}") for top in TOPS)]
    make = {
        "metric": dmc.Select(label="Metric", searchable=True, data=metrics(families), **ONE, **_of("metric", now)),
        "agg": dmc.Select(label="Reduced to", **ONE, **_of("agg", now)),
        "by": dmc.MultiSelect(label="Grouped by", maxValues=MOST_GROUPINGS, **MANY, **_of("by", now)),
        "top": dmc.Select(label="Groups", data=tops, **ONE, **_of("top", now)),
        "of": dmc.Select(label="Devices", data=picks, **ONE, **_of("of", now)),
        "pick": dmc.Select(placeholder="Choose one", searchable=True, **ONE, **_of("pick", now)),
        "devices": dmc.MultiSelect(
            label="Names", placeholder="Type a name", searchable=True, maxValues=NAMED, **MANY, **_of("devices", now)
        ),
        "text": dmc.TextInput(label="Text", placeholder="Part of a name, address …", **TYPED, **_of("text", now)),
        "where": dmc.TextInput(placeholder="Any", **TYPED, **_of("where", now)),
    }
    parts = [html.Div(part, className=f"ask ask-{name}") for name, part in make.items()]
    return html.Div(parts, className="asks", role="group", **marks(aria_label="The question"))


def segments(asked: Asked, words: Mapping[str, str]) -> list[Component]:
    """Offer the shapes, the periods to compare with, and what a band spans, as links."""
    bands = [_segments("Band", "band", BANDS, asked.band, words)] if asked.shape is Shape.BAND else []
    behind = [_segments("Behind", "over", BEHIND, asked.over, words)] if asked.comparable else []
    return [
        _segments("Shown as", "as", SHAPES, asked.shape, words),
        *bands,
        *behind,
        _segments("Compared with", "compare", COMPARED, asked.compare, words),
    ]


def offered(entries: Sequence[Entry], chosen: Sequence[DeviceId], search: str) -> Options:
    """Offer the devices that are chosen, and those that a search finds."""
    sought, those = search.lower(), set(chosen)
    named = {entry.row.id: entry.row.name for entry in entries if entry.row.id in those}
    found = islice((entry.row for entry in entries if sought in entry.row.name.lower()), OFFERED)
    told = {device: named.get(device, "A device that is gone") for device in chosen}
    return [_option(str(device), name) for device, name in (told | {row.id: row.name for row in found}).items()]


def grouping(name: str) -> str:
    """Name a grouping for people."""
    return GROUPINGS[name].title if name in GROUPINGS else name.replace("_", " ").capitalize()


def _segments(name: str, word: str, offers: Mapping[Any, str], now: str, words: Mapping[str, str]) -> Component:
    links = [
        controls.link(
            title,
            explore.link(words, **{word: str(value)}),
            kind="segment",
            **marks(aria_current=value == now and "true"),
        )
        for value, title in offers.items()
    ]
    return html.Div(
        [
            html.Span(name, className="muted", **marks(aria_hidden="true")),
            html.Div(links, className="segments", role="group", **marks(aria_label=name)),
        ],
        className="choose",
    )


def _listed(pick: Pick, entries: Sequence[Entry]) -> Options:
    """Offer the sites, tags or models that the tenant's devices have."""
    told = _TOLD.get(pick)
    found = sorted({word for entry in entries for word in told(entry) if word}) if told else []
    return [_option(word, word) for word in found[:LISTED]]


def _fields(family: Family) -> Iterator[tuple[str, str]]:
    for field in family.fields:
        yield field.name, title(field, field.name)
        if field.kind is Kind.COUNTER:
            rate = field.columns[-1].name
            yield rate, title(field, rate)


def _where(asked: Asked) -> str:
    if asked.where is None:
        return ""
    label, value = asked.where
    return value if label == asked.family.labels[0] else f"{label}:{value}"


def _option(value: str, label: str) -> dict[str, Any]:
    return {"value": str(value), "label": label}


def _of(name: str, now: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {"id": f"ask-{name}", **now[name]}
