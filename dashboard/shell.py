"""What surrounds every page: navigation, header, search, the live dot, the scheme, the keys, and toasts."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import controls
from dashboard.controls import marks
from dashboard.door import PREFIX, Door, Visit
from dashboard.page import Page
from db.accounts import SignedIn

TICK = 2000
"""How often a page looks for news, in milliseconds; a hidden tab does not."""

KEYS = (
    ("/", "Search the fleet"),
    ("g", "then a page's letter: go there"),
    ("[", "Fold the navigation"),
    ("p", "Pause or go on"),
    ("Enter", "Open the chosen row"),
    ("?", "This list"),
    ("Esc", "Close, or leave a field"),
)
FONT = 'Inter, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
MONO = 'ui-monospace, "SF Mono", Consolas, "Liberation Mono", monospace'


def layout(person: SignedIn, pages: Sequence[Page]) -> Component:
    """Lay the frame of every page out; the router fills ``page``."""
    provider: Component = dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            controls.store("shown"),
            controls.store("look"),
            controls.store("pulse"),
            controls.store("sink"),
            dcc.Interval(id="tick", interval=TICK),
            html.A("Skip to the page", href="#page", className="skip"),
            html.Div(
                [
                    _navigation(person, pages),
                    html.Div([_header(person), html.Main(id="page", tabIndex="-1")], className="column"),
                ],
                className="shell",
            ),
            _sheet(pages),
            html.Div(id="toasts", role="status", **marks(aria_live="polite")),
        ],
        theme={"fontFamily": FONT, "fontFamilyMonospace": MONO, "primaryColor": "blue", "defaultRadius": 4},
        defaultColorScheme="auto",
    )
    return provider


def lost(visit: Visit) -> Component:
    """Lay out what stands where there is no such page."""
    return controls.notice(
        "There is no such page", "Check the address.", controls.link("Go to your fleet", visit.address())
    )


def connect(door: Door) -> None:
    """Register the callbacks of the frame."""
    door.browser("look", Output("look", "data"), Input("url", "pathname"))
    door.browser("shown", Output("sink", "data"), Input("shown", "data"))
    door.browser("pulse", Output("live", "title"), Input("pulse", "data"))
    door.browser("showSearch", Output("search", "value"), Input("url", "search"))
    door.browser(
        "search",
        Output("search", "error"),
        Input("search", "value"),
        Input("search", "n_submit"),
        prevent_initial_call=True,
    )

    @door.callback(Output("pulse", "data"), {"ticks": Input("tick", "n_intervals")})
    def pulse(visit: Visit, ticks: int | None) -> dict[str, float | None]:
        """Tell how old the newest word from the fleet is, and from when on that is late (in seconds)."""
        fleet = visit.data.fleet(visit.principal)
        age = (visit.now - fleet.heard_at).total_seconds() if fleet.heard_at else None
        return {"age": age, "late": fleet.late_after.total_seconds()}


def _navigation(person: SignedIn, pages: Sequence[Page]) -> Component:
    home = f"{PREFIX}{person.slug}/"
    links = [
        html.A(
            [html.Span(className=f"icon icon-{page.icon}"), html.Span(page.title, className="word")],
            href=home + page.path,
            className="place",
            title=f"{page.title} (g {page.key})" if page.key else page.title,
            **marks(data_nav=page.name, data_key=page.key, data_needs=" ".join(page.needs)),
        )
        for page in pages
        if page.icon
    ]
    return html.Nav(
        [
            html.A(
                [
                    html.Img(src="/static/flotilla.svg", alt="", width="20", height="20"),
                    html.Span("Flotilla", className="word"),
                ],
                href=home,
                className="brand",
                **marks(data_nav="home"),
            ),
            *links,
            html.Div(className="grow"),
            _button("keys", "keyboard", "Keys (?)", "Keys"),
            _button("fold", "fold", "Fold the navigation ([)", "Fold"),
        ],
        className="nav",
        id="nav",
        **marks(aria_label="Pages"),
    )


def _header(person: SignedIn) -> Component:
    return html.Header(
        [
            _button("menu", "menu", "Open the navigation", ""),
            html.Div(
                [html.Span("Tenant", className="label"), html.Strong(person.tenant_name, id="tenant")],
                className="tenant",
                title=f"You see the devices of {person.tenant_name} alone.",
            ),
            dmc.TextInput(
                id="search",
                placeholder="Search the fleet",
                debounce=200,
                size="xs",
                className="search",
                leftSection=html.Span(className="icon icon-search"),
                rightSection=html.Kbd("/"),
                **marks(aria_label="Search the fleet"),
            ),
            html.Div(
                [html.I(className="dot"), html.Span("Connecting", className="live-text")],
                id="live",
                className="live",
                **marks(data_state="waiting"),
            ),
            _button("scheme", "scheme", "Colours: as the system", ""),
            _person(person),
        ],
        className="header",
    )


def _person(person: SignedIn) -> Component:
    role = person.principal.role.value.replace("_", " ")
    menu: Component = dmc.Menu(
        [
            dmc.MenuTarget(
                html.Button(
                    person.email[:1].upper(),
                    className="avatar",
                    title=person.email,
                    **marks(aria_label="Your account"),
                )
            ),
            dmc.MenuDropdown(
                [
                    html.Div([html.Strong(person.email), html.Span(role, className="muted")], className="account"),
                    dmc.MenuDivider(),
                    dmc.MenuItem("Sign out", id="sign-out", **marks(data_testid="sign-out")),
                ]
            ),
        ],
        position="bottom-end",
        width=240,
        transitionProps={"duration": 0},
    )
    return menu


def _sheet(pages: Sequence[Page]) -> Component:
    keys = [*KEYS, *((f"g {page.key}", page.title) for page in pages if page.key)]
    rows = [html.Div([html.Dt(html.Kbd(key)), html.Dd(meaning)]) for key, meaning in keys]
    sheet: Component = dmc.Modal(
        html.Dl(rows, className="keys"), id="sheet", title="Keys", size="sm", transitionProps={"duration": 0}
    )
    return sheet


def _button(name: str, icon: str, title: str, word: str) -> Component:
    return html.Button(
        [html.Span(className=f"icon icon-{icon}"), *([html.Span(word, className="word")] if word else [])],
        id=name,
        className="quiet",
        title=title,
        type="button",
        **marks(aria_label=title),
    )
