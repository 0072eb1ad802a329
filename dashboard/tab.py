"""What a tab of a device's page is: one file in ``dashboard/tabs`` with a ``Tab`` at module level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlencode

from dash.development.base_component import Component

from dashboard.devicedata import Stock
from dashboard.door import Visit
from dashboard.panels import Panel
from db.inventory import DeviceRow
from db.latest import Latest
from fleet.plugins import discover

TABS = "dashboard.tabs"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the tables of a tab are made of: the device, its newest readings by family, and what it has by kind."""

    visit: Visit
    row: DeviceRow
    latest: Mapping[str, Sequence[Latest]] = field(default_factory=dict)
    stock: Stock = field(default_factory=dict)
    chosen: str = ""

    def rows(self, family: str) -> Sequence[Latest]:
        """Give the newest rows of a family; none where nothing is known."""
        return self.latest.get(family, ())

    def facts(self, kind: str) -> Mapping[str, Mapping[str, object]]:
        """Give what the device has of a kind, by key."""
        found = self.stock.get(kind)
        return {item.key: item.facts for item in found.items} if found else {}


def _no_tables(sheet: Sheet) -> list[Component]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab of the page. ``families`` are what its ``tables`` read beside what its panels do, ``stocked`` says that
    they tell of what the device has, ``listed`` that an interface is chosen by a list in its panel's head. ``bare``
    is said where neither a panel nor a table has anything to show. ``view`` draws what the address chooses, above the
    rest; it is drawn anew when the address changes, and not with the news. ``bench`` is drawn once, with the page:
    what the browser keeps in it would be lost with each drawing.
    """

    name: str
    title: str
    order: int
    bare: str
    panels: tuple[Panel, ...] = ()
    families: tuple[str, ...] = ()
    stocked: bool = False
    listed: bool = False
    tables: Callable[[Sheet], list[Component]] = _no_tables
    view: Callable[[Sheet], list[Component]] = _no_tables
    bench: Callable[[Sheet], list[Component]] = _no_tables


@cache
def every() -> tuple[Tab, ...]:
    """Find all tabs, in their order."""
    return tuple(sorted(discover(TABS, Tab), key=lambda tab: (tab.order, tab.name)))


def named(name: str) -> Tab:
    """Find a tab by name; the first where there is no such name."""
    return next((tab for tab in every() if tab.name == name), every()[0])


def query(visit: Visit, **changes: str) -> str:
    """Write the query of this page with other words; all others stay, and an empty one goes."""
    words = {name: word for name, word in {**visit.asked, **changes}.items() if word}
    return f"?{urlencode(words)}" if words else "?"
