"""The door of every callback: tenant and role come from the session, never from a store or the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Dash, State

from api import auth
from dashboard.data import Data
from dashboard.state import View, view, words
from dashboard.theme import Look, look
from db.accounts import SignedIn
from fleet.clock import Clock
from fleet.errors import NotFound
from fleet.identity import Principal

PREFIX = "/t/"
CALLBACK = f"{PREFIX}_dash-update-component"
NOTHING: Mapping[str, str] = MappingProxyType({})
ASKED = {
    "asked_path": State("url", "pathname"),
    "asked_query": State("url", "search"),
    "asked_look": State("look", "data"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at which page, when, and the data that this person may see.

    ``path`` is what stands behind the tenant in the address, ``view`` what its query asks for as every page reads it,
    ``asked`` the same query by its words for what a page has of its own, ``look`` what the browser wishes; none of
    them decides what may be seen.
    """

    person: SignedIn
    data: Data
    now: datetime
    path: str = ""
    view: View = field(default_factory=View)
    look: Look = field(default_factory=Look)
    asked: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    @property
    def principal(self) -> Principal:
        return self.person.principal

    def address(self, path: str = "") -> str:
        """Tell the address of a page of this tenant."""
        return f"{PREFIX}{self.person.slug}/{path}"


class Share(Enum):
    """How long one answer serves all of a tenant and a role who ask for the same, whoever they are.

    FLEET: while the fleet is the one that it was made of, and no longer than a moment. MOMENT: for a moment.
    """

    FLEET = auto()
    MOMENT = auto()


@dataclass(frozen=True, slots=True)
class Door:
    """Registers callbacks on the application, each behind the session. ``shared`` are those that many may share."""

    app: Dash
    data: Data
    clock: Clock
    shared: dict[str, Share] = field(default_factory=dict)

    def callback(
        self, output: Any, inputs: Mapping[str, Any], share: Share | None = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a callback; it is given the visit, and each input or state under its name in ``inputs``.

        One with a ``share`` says the same to all of a tenant who have the same role.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def admitted(**values: Any) -> Any:
                visit = self.enter(*(values.pop(name) for name in ASKED))
                return function(visit, **values)

            register_with = self.app.callback(output=output, inputs={**inputs, **ASKED}, **options)
            registered: Callable[..., Any] = register_with(admitted)
            if share is not None:
                self.shared[next(reversed(self.app.callback_map))] = share
            return registered

        return register

    def browser(self, name: str, *dependencies: Any, **options: Any) -> None:
        """Register a callback that runs in the browser, as the function ``name`` of the assets."""
        app: Any = self.app
        app.clientside_callback(ClientsideFunction("flotilla", name), *dependencies, **options)

    def enter(self, pathname: object, search: object = "", told: object = None) -> Visit:
        """Tell who looks at the page of an address.

        Raises Unauthenticated, and NotFound for a page of another tenant than the session's: a tab that was left
        open under another sign-in must not show this tenant's data under that one's name.
        """
        person = auth.signed_in()
        slug, path = split(str(pathname or ""))
        if slug != person.slug:
            raise NotFound("There is no such page.", "Go back to your fleet.")
        query = str(search or "")
        return Visit(person, self.data, self.clock.now(), path, view(query), look(told), words(query))


def split(pathname: str) -> tuple[str, str]:
    """Split ``/t/<tenant>/<path>`` into tenant and path; both are empty for any other address."""
    if not pathname.startswith(PREFIX):
        return "", ""
    slug, _, path = unquote(pathname.removeprefix(PREFIX)).partition("/")
    return slug, path
