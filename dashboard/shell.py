"""What surrounds every page: navigation, header, search, the live dot, the scheme, the keys, and toasts."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import admin, alertbell, controls
from dashboard.controls import marks
from dashboard.door import PREFIX, Door, Share, Visit
from dashboard.page import Page
from db.accounts import SignedIn

TICK = 2000
"""How often a page looks for news, in milliseconds; a hidden tab does not."""

KEYS = (
    ("Ctrl K", "Find a page, a device, a command"),
    ("/", "Search the fleet"),
    ("g", "then a page's letter: go there"),
    ("[", "Fold the navigation"),
    (",", "Earlier"),
    (".", "Later"),
    ("Backspace", "Back from a zoom, then out: twice the time"),
    ("← →", "At a chart that has the focus: move the crosshair; with Shift mark a span, Enter shows it"),
    ("w", "At a chart: what changed around the crosshair"),
    ("p", "Pause or go on"),
    ("j k", "The next row, the one before"),
    ("x", "Choose the row"),
    ("Enter", "Look at the row"),
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
        "There is no such page", "Check the address.", controls.link("Go to the overview", visit.address())
    )


def connect(door: Door) -> None:
    """Register the callbacks of the frame."""
    door.browser("look", Output("look", "data"), Input("url", "pathname"))
    door.browser("shown", Output("sink", "data"), Input("shown", "data"))
    door.browser("pulse", Output("live", "title"), Input("pulse", "data"))
    alertbell.connect(door)
    door.browser("range", Output("range", "title"), Input("url", "search"), Input("url", "pathname"))
    door.browser("showSearch", Output("search", "value"), Input("url", "search"))
    door.browser(
        "search",
        Output("search", "error"),
        Input("search", "value"),
        Input("search", "n_submit"),
        prevent_initial_call=True,
    )

    @door.callback(Output("pulse", "data"), {"ticks": Input("tick", "n_intervals")}, Share.FLEET)
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
            _button("find", "search", "Find a page, a device, a command (Ctrl K)", "Find"),
            _button("keys", "keyboard", "Keys (?)", "Keys"),
            _button("fold", "fold", "Fold the navigation ([)", "Fold"),
        ],
        className="nav",
        id="nav",
        **marks(aria_label="Pages", data_sections=json.dumps(_sections(person))),
    )


def _sections(person: SignedIn) -> list[tuple[str, str, str]]:
    """Name the sections of pages that this person may see, for the palette: chapter, title and address of each."""
    every = ((word, one) for chapter, word in admin.CHAPTERS.items() for one in admin.sections(chapter))
    offered = [(word, one) for word, one in every if person.principal.may(one.scope)]
    return [(word, one.tab, f"{PREFIX}{person.slug}/{one.path}") for word, one in offered]


def _header(person: SignedIn) -> Component:
    return html.Header(
        [
            _button("menu", "menu", "Open the navigation", ""),
            _tenant(person),
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
            _range(),
            html.Button(
                [html.I(className="dot"), html.Span("Connecting", className="live-text")],
                id="live",
                className="live",
                type="button",
                **marks(data_state="waiting"),
            ),
            alertbell.bell(person),
            _button("scheme", "scheme", "Colours: as the system", ""),
            _person(person),
        ],
        className="header",
    )


def _tenant(person: SignedIn) -> Component:
    """Name the tenant, whose id the palette needs to ask for its devices, and offer the others of the person."""
    return html.Button(
        [
            html.Span("Tenant", className="label"),
            html.Strong(person.tenant_name, id="tenant", **marks(data_id=str(person.principal.tenant_id))),
            html.Span(className="icon icon-switch"),
        ],
        id="switch",
        className="tenant",
        type="button",
        title=f"You see the devices of {person.tenant_name} alone. Change to another tenant",
        **marks(aria_haspopup="dialog"),
    )


def _range() -> Component:
    """Show the range of the address, which is that of every page."""
    told = html.Button(
        [html.Span("Last 1 h", className="range-text"), html.Span(className="icon icon-unfold")],
        id="range",
        className="range",
        type="button",
        **marks(aria_haspopup="dialog"),
    )
    return html.Div(
        [_button("earlier", "earlier", "Earlier (,)", ""), told, _button("later", "later", "Later (.)", "")],
        className="span",
        role="group",
        **marks(aria_label="Time range"),
    )


def _person(person: SignedIn) -> Component:
    role = person.principal.role.value.replace("_", " ")
    menu: Component = dmc.Menu(
        [
            dmc.MenuTarget(
                html.Span(person.email[:1].upper()),
                # The box around it is what says that there is a menu: it is the button itself.
                boxWrapperProps={
                    "component": "button",
                    "type": "button",
                    "className": "avatar",
                    "title": person.email,
                    "aria-label": "Your account",
                },
            ),
            dmc.MenuDropdown(
                [
                    html.Div([html.Strong(person.email), html.Span(role, className="muted")], className="account"),
                    dmc.MenuDivider(),
                    dmc.MenuItem("Change password", href="/password", refresh=True),
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
