"""The configurations of the fleet: who lacks a backup, what changed last and by whom, and what is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, configparts, controls, forms, tables, units
from dashboard.configdata import MOST, Overview
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.configruns import PER_SITE, Run
from db.configs import Standing, Tally, Version
from fleet.backups import LIVE, RunState
from fleet.identity import Scope
from fleet.pushes import PushRow

WORDS = {
    RunState.WAITING: "Begins",
    RunState.RUNNING: "Runs",
    RunState.DONE: "Done",
    RunState.STOPPED: "Stopped",
    RunState.FAILED: "Failed",
}
POLICY = "flotilla config policy --every 1d"


def body(visit: Visit) -> Sequence[Component | None]:
    """Tell how the tenant stands, what goes on, and what changed."""
    found = visit.data.configurations.overview(visit.principal)
    names = {str(entry.row.id): entry.row.name for entry in visit.data.listed(visit.principal).entries}
    head = admin.head("Configurations", "Who has a backup, what changed last, and by whom.", *_offers(visit, found))
    if not found.tally.devices:
        step = controls.link("Add a device", visit.address("admin?open=device-add"))
        return [head, controls.notice("There is no device yet", "Its configuration will be told of here.", step)]
    parts: list[Component | None] = [head, _tiles(found.tally), _run(visit, found.run) if found.run else None]
    if not found.tally.whole and not found.changed:
        said = f"Take all now, or let a policy take them: {POLICY}. Nothing is read before somebody says so."
        step = controls.link("Policies", visit.address("config/policies"))
        parts.append(controls.notice("No device has a backup yet", said, step))
    return [
        *parts,
        *_lacking(visit, found.lacking),
        *_changed(visit, found.changed, names),
        *_pushed(visit, found, names),
    ]


def _offers(visit: Visit, found: Overview) -> list[Component]:
    going = found.run is not None and found.run.state in LIVE
    if going or not found.tally.devices or not visit.principal.may(Scope.CONFIG_WRITE):
        return []
    bounds = {"min": "1", "max": "1000", "step": "1"}
    field = Field(name="per_site", label="Devices of a site at a time", kind="number", value=PER_SITE, more=bounds)
    form = Form(
        title="Back all devices up now",
        method="POST",
        path=admin.rest(visit, "configruns"),
        fields=[field],
        submit="Begin",
        text=f"Each of the {units.plural(found.tally.devices, 'device')} writes its configuration to a file, which "
        "is read and removed. One that is out of reach is read when it returns, within a day.",
        done="The backups have begun.",
    )
    return [forms.button("Back all up now", form, kind="primary", id="config-run")]


def _tiles(tally: Tally) -> Component:
    lacking = tally.devices - tally.whole
    told = (
        ("Devices", tally.devices, ""),
        ("With a whole backup", tally.whole, ""),
        ("Without any", lacking, "degraded" if lacking else ""),
        ("Not read whole last time", tally.wrong, "down" if tally.wrong else ""),
        ("Being read or waiting", tally.waiting, ""),
    )
    parts = [
        html.Div(
            [html.Span(name, className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
            className="tile",
            **marks(data_state=state),
        )
        for name, count, state in told
    ]
    return html.Div(parts, className="tiles", role="group", **marks(aria_label="Backups of the devices"))


def _run(visit: Visit, run: Run) -> Component:
    """Tell how far the newest run is; one that goes on can be stopped."""
    ended = run.done + run.failed + run.stopped
    share = ended / run.total if run.total else 0.0
    said = f"{WORDS[run.state]}: {ended:,} of {units.plural(run.total, 'device')}, {run.failed:,} failed"
    by = f"By {run.created_by}, {units.ago(run.created_at, visit.now)}"
    stop = _stop(visit, run) if run.state in LIVE and visit.principal.may(Scope.CONFIG_WRITE) else None
    parts = [
        html.Div([html.Strong("Backups of many devices"), html.Span(f"{said}. {by}.", className="muted")]),
        html.Div([stop] if stop else [], className="actions"),
        html.Progress(value=str(ended), max=str(max(run.total, 1)), **marks(aria_label=f"{share:.0%} of the run"))
        if run.state in LIVE
        else None,
        html.P(run.error, className="bad") if run.error else None,
    ]
    return html.Div(parts, className="progress", **marks(data_state=run.state.value))


def _stop(visit: Visit, run: Run) -> Component:
    form = Form(
        title="Stop the backups",
        method="POST",
        path=admin.rest(visit, f"configruns/{run.id}/stop"),
        submit="Stop",
        text="No further device is asked. What was asked already is still done.",
        done="No further device is asked.",
        danger=True,
    )
    return forms.button("Stop", form, kind="danger")


def _lacking(visit: Visit, found: Sequence[Standing]) -> list[Component]:
    if not found:
        return []
    writes = visit.principal.may(Scope.CONFIG_WRITE)
    columns = ("Device", "Last whole backup", "Last reading", "What was wrong", "In a row", *([""] if writes else []))
    rows = [_standing(visit, one, writes) for one in found[:MOST]]
    more = f"Only the first {MOST} are listed, those without any backup first." if len(found) > MOST else ""
    parts = [
        html.H3("Without a backup, or not read whole the last time"),
        admin.table(columns, rows, label="Devices that lack a backup"),
        html.P(more, className="muted") if more else None,
        forms.shared("config-take", configparts.taking(visit, "{{device}}", "{{name}}")) if writes else None,
    ]
    return [part for part in parts if part is not None]


def _standing(visit: Visit, one: Standing, writes: bool) -> list[object]:
    cells: list[object] = [
        _device(visit, str(one.device_id), one.name),
        units.ago(one.whole_at, visit.now) if one.whole_at else "never",
        tables.sign(*configparts.SIGNS[one.finding]) if one.finding else "never read",
        one.why or units.NOTHING,
        tables.number(str(one.failures)),
    ]
    take = forms.row("Take now", "config-take", f"Take a backup of {one.name}", device=one.device_id, name=one.name)
    return [*cells, take] if writes else cells


def _changed(visit: Visit, found: Sequence[Version], names: Mapping[str, str]) -> list[Component]:
    if not found:
        return []
    rows = [_version(visit, one, names) for one in found]
    columns = ("When", "Device", "Version", "Who was on the device", "Why it was read", "Lines")
    return [html.H3("Changed last"), admin.table(columns, rows, label="The newest versions")]


def _version(visit: Visit, one: Version, names: Mapping[str, str]) -> list[object]:
    home = visit.address(f"device/{one.device_id}/config")
    words = f"?version={one.number}" + (f"&against={one.number - 1}" if one.number > 1 else "")
    what = f"{one.number}, what changed" if one.number > 1 else f"{one.number}, the first"
    return [
        units.clock_time(one.first_seen, visit.look.zone, visit.now),
        _device(visit, str(one.device_id), names.get(str(one.device_id), str(one.device_id))),
        controls.link(what, home + words),
        configparts.who(one),
        one.reason.value,
        tables.number(f"{one.lines:,}"),
    ]


def _pushed(visit: Visit, found: Overview, names: Mapping[str, str]) -> list[Component]:
    if not found.pushes:
        return []
    rows = [_push(visit, one, names) for one in found.pushes]
    columns = ("When", "Device", "State", "Steps", "By", "Why it did not end well", "")
    every = controls.link("All pushes", visit.address("config/pushes"))
    return [html.H3("Pushed last"), admin.table(columns, rows, label="The newest pushes"), html.P(every)]


def _push(visit: Visit, one: PushRow, names: Mapping[str, str]) -> list[object]:
    return [
        units.clock_time(one.at, visit.look.zone, visit.now),
        _device(visit, str(one.device_id), names.get(str(one.device_id), str(one.device_id))),
        configparts.standing(one.state),
        tables.number(str(one.total)),
        one.by,
        one.error or units.NOTHING,
        controls.link(
            "Record",
            visit.address(f"device/{one.device_id}/config?steps={one.id}"),
            kind="button small bare",
            **marks(aria_label=f"Record of the push of {units.clock_time(one.at, visit.look.zone, visit.now)}"),
        ),
    ]


def _device(visit: Visit, device_id: str, name: str) -> Component:
    return controls.link(name, visit.address(f"device/{device_id}/config"))


page = admin.section(
    body,
    tab="Backups",
    path="config",
    scope=Scope.CONFIG_READ,
    rank=0,
    name="configs",
    title="Config",
    order=70,
    icon="config",
    key="c",
)
