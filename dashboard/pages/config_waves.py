"""Pushes over many devices: what goes on in which wave, and what can be done about it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, pushparts, tables, units
from dashboard.campaigndata import DEVICES
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Form
from dashboard.office import identity
from db.campaigns import Campaign, Standing
from fleet.campaigns import AGAIN, BAD, LIVE, OPEN, WAVES, CampaignSource, CampaignState, MemberState
from fleet.identity import Scope
from fleet.templates import kept

STATES = {
    CampaignState.RUNNING: ("Goes on", "up"),
    CampaignState.PAUSED: ("Paused", "stale"),
    CampaignState.STOPPED: ("Stopped", "down"),
    CampaignState.DONE: ("Over", "up"),
    CampaignState.ABORTED: ("Aborted", "stale"),
}
MEMBERS = {
    MemberState.WAITING: ("Waits for its turn", "stale"),
    MemberState.ASKED: ("Is being pushed to", "stale"),
    MemberState.DONE: ("Committed", "up"),
    MemberState.UNCHANGED: ("Was so already", "up"),
    MemberState.REFUSED: ("Refused", "degraded"),
    MemberState.MISSED: ("Missed, not reached", "degraded"),
    MemberState.FAILED: ("Failed", "down"),
    MemberState.UNCONFIRMED: ("Unconfirmed, look at it", "down"),
    MemberState.LOST: ("Lost, look at it", "down"),
    MemberState.CANCELLED: ("Cancelled", "stale"),
}
SOURCES = {
    CampaignSource.COMMANDS: "lines",
    CampaignSource.SECTION: "the state of menus",
    CampaignSource.TEMPLATE: "a template",
    CampaignSource.DRIFT: "back to what is intended",
}
COLUMNS = ("What", "What it is for", "State", "Ended", "Bad", "By", "When")


def body(visit: Visit) -> Sequence[Component | None]:
    """List the pushes over many devices, and show how far the chosen one is."""
    found, writes = visit.data.campaigns.page(visit.principal), visit.principal.may(Scope.CONFIG_WRITE)
    start = html.Button(
        "Push to many", type="button", className="button primary", id="push-many", **marks(data_waves_open="new")
    )
    text = "One change for many devices, in waves: a first device, then more, and a rule that stops it."
    head = admin.head("Waves", text, start if writes else None)
    chosen = identity(visit.asked.get("campaign", ""))
    parts: list[Component | None] = [head, _spec(visit) if writes else None]
    if chosen is not None:
        parts += _opened(visit, *visit.data.campaigns.opened(visit.principal, chosen))
    if not found:
        said = "Choose devices, what is pushed and in which waves; a preview tells for each what would be done."
        return [*parts, controls.notice("Nothing was pushed to many devices yet", said)]
    return [*parts, admin.table(COLUMNS, [_row(visit, one) for one in found], label="Pushes over many devices")]


def _spec(visit: Visit) -> Component:
    """Keep what the browser's form needs."""
    sites, tags = visit.data.intentions.places(visit.principal)
    entries = visit.data.listed(visit.principal).entries
    said = {
        "pushes": admin.rest(visit, "pushes"),
        "home": visit.address("config/waves"),
        "sites": [one.name for one in sites],
        "tags": [one.tag for one in tags],
        "groups": sorted({name for entry in entries for name in entry.groups}),
        "waves": list(WAVES),
        "templates": [
            {
                "id": str(one.id),
                "name": one.name,
                "version": one.number,
                "variables": pushparts.fields(kept(one.variables)),
            }
            for one in visit.data.intentions.templates(visit.principal)
        ],
    }
    told = json.dumps(said, separators=(",", ":"))
    return html.Div(id="waves-spec", hidden=True, **marks(data_waves=told))


def _row(visit: Visit, one: Campaign) -> list[object]:
    ended, bad = _ended(one), sum(one.counts.get(state, 0) for state in BAD)
    return [
        controls.link(SOURCES[one.source].capitalize(), f"?campaign={one.id}"),
        one.note or units.NOTHING,
        tables.sign(*STATES[one.state]),
        f"{ended:,} of {units.plural(one.total, 'device')}",
        tables.number(f"{bad:,}"),
        one.created_by,
        units.clock_time(one.created_at, visit.look.zone, visit.now),
    ]


def _ended(one: Campaign) -> int:
    return sum(count for state, count in one.counts.items() if state not in OPEN)


def _opened(visit: Visit, one: Campaign, members: Sequence[Standing]) -> list[Component]:
    title = one.note or f"Push of {SOURCES[one.source]}"
    header = html.Header([html.H2(title), html.Span(controls.link("Close", "?"), className="beside")])
    ended = _ended(one)
    bar = html.Progress(value=str(ended), max=str(max(one.total, 1)), **marks(aria_label=f"{ended} of {one.total}"))
    inside = [
        header,
        html.Div(
            [tables.sign(*STATES[one.state]), html.Span(_standing(visit, one), className="muted")], role="status"
        ),
        bar,
        _counts(one),
        html.Div(_actions(visit, one), className="actions"),
        html.Ol([html.Li(line) for line in one.shown], className="push-lines mono", tabIndex="0"),
        _waves(one, members),
        _members(visit, members),
    ]
    if one.total > DEVICES:
        inside.append(html.P(f"Only the first {DEVICES} devices are listed.", className="muted"))
    return [html.Section(inside, className="panel wide sheet-of drift waves", **marks(aria_label=title))]


def _standing(visit: Visit, one: Campaign) -> str:
    """Tell which wave has its turn, or why it does not go on."""
    if one.why:
        return f" {one.why}"
    if one.wave is None or one.state not in LIVE:
        return ""
    rests = one.soaks_until is not None and one.soaks_until > visit.now
    until = units.clock_time(one.soaks_until, visit.look.zone, visit.now) if one.soaks_until else ""
    return f" Wave {one.wave + 1} of {len(one.waves)}" + (f", which rests until {until}." if rests else ".")


def _counts(one: Campaign) -> Component:
    told = [
        html.Span([tables.sign(*MEMBERS[state]), f" {count:,}"], className="pill-count")
        for state, count in one.counts.items()
        if count
    ]
    return html.Div(told, className="pills")


def _actions(visit: Visit, one: Campaign) -> list[Component]:
    if not visit.principal.may(Scope.CONFIG_WRITE):
        return []
    offered = []
    if one.state is CampaignState.RUNNING:
        offered.append(
            _deed(visit, one, ("pause", "Pause", "No further device is asked, and what was not begun is taken back."))
        )
    if one.state in (CampaignState.PAUSED, CampaignState.STOPPED):
        again = "What has failed until now does not stop it again."
        counts = "What has failed until now counts as before, and may stop it."
        text = again if one.state is CampaignState.STOPPED else counts
        offered.append(_deed(visit, one, ("resume", "Go on", text)))
    if any(one.counts.get(state, 0) for state in AGAIN):
        offered.append(_deed(visit, one, ("retry", "Try again", "What did not end well is tried once more.")))
    if one.state in LIVE:
        offered.append(_deed(visit, one, ("abort", "Abort", "It ends for good; what has begun ends by itself.")))
    return offered


def _deed(visit: Visit, one: Campaign, said: tuple[str, str, str]) -> Component:
    deed, word, text = said
    form = Form(
        title=word,
        method="POST",
        path=admin.rest(visit, f"campaigns/{one.id}/{deed}"),
        submit=word,
        text=text,
        done="It is done.",
        danger=deed == "abort",
    )
    return forms.button(word, form, kind="danger" if deed == "abort" else "")


def _waves(one: Campaign, members: Sequence[Standing]) -> Component:
    """Show the waves beside one another, with how many devices each has and how many of them have ended."""
    bars = []
    for number, size in enumerate(one.waves):
        mine = [each for each in members if each.wave == number]
        ended = sum(each.state not in OPEN for each in mine)
        bad = sum(each.state in BAD for each in mine)
        word = f"{ended:,} of {size:,}" + (f", {bad:,} bad" if bad else "")
        now = one.wave == number and one.state in LIVE
        bars.append(
            html.Li(
                [html.Strong(f"Wave {number + 1}"), html.Span(word, className="bad" if bad else "muted")],
                **marks(aria_current=now and "step"),
            )
        )
    return html.Ol(bars, className="wave-list", **marks(aria_label="Waves"))


def _members(visit: Visit, members: Sequence[Standing]) -> Component:
    rows = [
        [
            controls.link(each.name, visit.address(f"device/{each.device_id}/config")),
            str(each.wave + 1),
            tables.sign(*MEMBERS[each.state]),
            each.why or (f"against a warning: {each.reason}" if each.override else units.NOTHING),
            units.clock_time(each.ended_at, visit.look.zone, visit.now) if each.ended_at else units.NOTHING,
            controls.link(
                "Record",
                visit.address(f"device/{each.device_id}/config?steps={each.push_id}"),
                kind="button small bare",
                **marks(aria_label=f"Record of the push to {each.name}"),
            )
            if each.push_id
            else "",
        ]
        for each in members
    ]
    return admin.table(("Device", "Wave", "State", "Why", "Ended", ""), rows, label="Devices of the push")


page = admin.section(
    body, tab="Waves", path="config/waves", scope=Scope.CONFIG_READ, rank=30, title="Pushes over many devices"
)
