"""What a page is: one file in ``dashboard/pages`` with a ``Page`` at module level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from dash.development.base_component import Component

from dashboard.door import Door, Visit
from fleet.identity import DeviceId
from fleet.plugins import discover

PAGES = "dashboard.pages"
ID, TAB = "{id}", "{tab}"
SETUP = "setup"
"""The path of the page that stands in place of the first one where a tenant has no device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a tenant, at ``/t/<tenant>/<path>``; ``{id}`` in the path stands for a device's id.

    A path that ends in ``{tab}`` is that of each of the page's ``tabs`` by its name; without one, of the first.

    ``layout`` gives what is seen at once, ``connect`` registers the callbacks through the door. ``needs`` names the
    component packages whose scripts only some pages load, ``later`` the scripts that its components will ask for. A
    page with an ``icon`` stands in the navigation, and the keys ``g`` and ``key`` lead to it.
    """

    name: str
    title: str
    path: str
    layout: Callable[[Visit], Component]
    connect: Callable[[Door], None]
    order: int = 100
    icon: str = ""
    key: str = ""
    needs: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    tabs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A page, and the id and the tab in its address if it has them."""

    page: Page
    id: DeviceId | None = None
    tab: str = ""


def every() -> tuple[Page, ...]:
    """Find all pages, in the order of the navigation."""
    return tuple(sorted(discover(PAGES, Page), key=lambda page: (page.order, page.name)))


def match(pages: Iterable[Page], path: str) -> Match | None:
    """Find the page of a path (what stands behind ``/t/<tenant>/``), or None."""
    parts = path.strip("/").split("/")
    return next((found for page in pages if (found := _match(page, parts)) is not None), None)


def _match(page: Page, parts: Sequence[str]) -> Match | None:
    pattern, tab = page.path.split("/"), ""
    if pattern[-1] == TAB:
        pattern = pattern[:-1]
        if len(parts) > len(pattern) and parts[-1] in page.tabs:
            parts, tab = parts[:-1], parts[-1]
    if len(pattern) != len(parts) or not all(p in (ID, q) for p, q in zip(pattern, parts, strict=True)):
        return None
    if ID not in pattern:
        return Match(page, tab=tab)
    found = identify(parts[pattern.index(ID)])
    return None if found is None else Match(page, found, tab)


def identify(text: str) -> DeviceId | None:
    """Read the id of a device; None for what is none."""
    try:
        return DeviceId(UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None
