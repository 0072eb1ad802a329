"""What can be laid behind the lines of a device, as the address says: the period before, the fleet, the usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from dashboard import controls, tab
from dashboard.controls import marks
from dashboard.door import Visit

WORD = "over"
"""What the address calls them."""


class Over(StrEnum):
    """One of them."""

    PREVIOUS = "previous"
    FLEET = "fleet"
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is told of one: a word, what it is, and what is said where there is none."""

    word: str
    title: str
    missing: str = ""


MEANINGS: Mapping[Over, Meaning] = {
    Over.PREVIOUS: Meaning("Previous period", "The same lines, as long before as the range is long", ""),
    Over.FLEET: Meaning(
        "Fleet p5–p95",
        "Where nine of ten devices of your fleet are",
        "Too few devices were measured for a band of the fleet.",
    ),
    Over.USUAL: Meaning(
        "Usual",
        "The median of the hourly means of this hour of the week in the last four weeks, and three times their "
        "median absolute deviation to either side",
        "What is usual is not known yet: that takes three weeks of measurements.",
    ),
}


def chosen(words: Mapping[str, str]) -> frozenset[Over]:
    """Read which are switched on; what is unknown is passed over."""
    given = words.get(WORD, "").split(",")
    return frozenset(over for over in Over if over.value in given)


def switches(visit: Visit) -> Component:
    """Offer each as a link that switches it on or off; they are the key of the charts, too."""
    on = chosen(visit.asked)
    return html.Div([_switch(visit, over, on) for over in Over], className="overlays", role="group",
                    **marks(aria_label="What lies behind the lines"))  # fmt: skip


def _switch(visit: Visit, over: Over, on: frozenset[Over]) -> Component:
    after = ",".join(sorted(on ^ {over}))
    return controls.link(
        [html.I(className=f"sample sample-{over}"), MEANINGS[over].word],
        tab.query(visit, **{WORD: after}),
        kind="toggle",
        title=MEANINGS[over].title,
        **marks(aria_current=over in on and "true"),
    )


def missing(on: Iterable[Over], drawn: Iterable[Over]) -> list[str]:
    """Say which of those that are switched on nowhere were drawn, and why."""
    there = set(drawn)
    return [MEANINGS[over].missing for over in sorted(on) if over not in there and MEANINGS[over].missing]
