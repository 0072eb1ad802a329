"""The forms and tables of templates: for whom they are intended, and what the browser needs to write and try them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, pushparts, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.intentdata import Opened
from db.templates import AssignmentRow, TemplateRow
from fleet.identity import Scope
from fleet.templates import Kind, Mode, Template, Variable, kept
from routeros.starters import starters

MODES = {
    Mode.MERGE.value: "its rows are there, beside whatever else is there",
    Mode.WHOLE.value: "the menus that it names hold this and nothing else",
}
WHOM = (("device", "a device"), ("site", "a site's devices"), ("tag", "the devices with a tag"))


def spec(visit: Visit, opened: Opened | None) -> Component:
    """Keep what the browser's editor and preview need."""
    sites, tags = visit.data.intentions.places(visit.principal)
    groups = sorted({name for entry in visit.data.listed(visit.principal).entries for name in entry.groups})
    said: dict[str, Any] = {
        "templates": admin.rest(visit, "templates"),
        "check": admin.rest(visit, "template-check"),
        "devices": admin.rest(visit, "devices"),
        "pushes": admin.rest(visit, "pushes"),
        "home": visit.address("config/templates"),
        "writes": visit.principal.may(Scope.CONFIG_WRITE),
        "sites": [[str(one.id), one.name] for one in sites],
        "tags": [one.tag for one in tags],
        "groups": groups,
        "kinds": [kind.value for kind in Kind],
        "modes": MODES,
        "starters": {name: _told(one) for name, one in starters().items()},
        "chosen": None if opened is None else _told(opened.row.template) | _numbered(opened.row),
    }
    told = json.dumps(said, separators=(",", ":"))
    return html.Div(id="templates-spec", hidden=True, **marks(data_templates=told))


def _told(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "about": template.about,
        "mode": template.mode.value,
        "text": template.text,
        "variables": pushparts.fields(template.variables),
    }


def _numbered(row: TemplateRow) -> dict[str, Any]:
    return {"id": str(row.id), "version": row.number}


def assignment(visit: Visit, row: TemplateRow) -> Form:
    """Make the form that intends a version of a template for somebody, with the values of its variables."""
    sites, tags = visit.data.intentions.places(visit.principal)
    path = {"data-devices": admin.rest(visit, "devices")}
    whom = [
        Field(name="whom", label="It is intended for", kind="select", options=WHOM, value="device", apart=True),
        Field(
            name="device_id", label="Device", kind="device", required=True, when={"whom": ["device"]}, more=path,
            hint="Begin to write its name."
        ),
        Field(
            name="site_id", label="Site", kind="select", required=True, when={"whom": ["site"]},
            options=[("", "choose"), *((str(one.id), one.name) for one in sites)],
        ),
        Field(
            name="tag", label="Tag", required=True, when={"whom": ["tag"]}, suggest=[one.tag for one in tags],
        ),
    ]  # fmt: skip
    return Form(
        title=f"Assign {row.name}, version {row.number}",
        method="POST",
        path=admin.rest(visit, f"templates/{row.id}/assignments"),
        fields=[*whom, *map(_value, kept(row.variables))],
        fixed={"version": row.number},
        submit="Assign",
        text="Nothing is sent to a device: from now on what differs is told as drift, and can be pushed.",
        done="It is intended there now.",
    )


def _value(one: Variable) -> Field:
    """Make the field of a variable by its type; an empty one leaves it to its default."""
    usual = f" Left empty: {one.default}." if one.default is not None else ""
    bounds = {"min": one.least, "max": one.most, "placeholder": one.default}
    more = {name: str(value) for name, value in bounds.items() if value is not None}
    told: dict[str, Any] = {"name": f"values.{one.name}", "label": one.name, "hint": f"{one.about}{usual}"}
    needed = one.default is None
    if one.kind is Kind.BOOL:
        options = [("", "as by default" if one.default else "choose"), ("true", "yes"), ("false", "no")]
        return Field(**told, kind="pick", options=options, required=needed)
    if one.choices:
        options = [("", "as by default" if not needed else "choose"), *((word, word) for word in one.choices)]
        return Field(**told, kind="select", options=options, required=needed)
    kind = {Kind.INT: "number", Kind.SECRET: "password"}.get(one.kind, "text")
    return Field(**told, kind=kind, required=needed, more=more)


def assignments(visit: Visit, opened: Opened) -> list[Component]:
    """List for whom a template is intended."""
    if not opened.assigned:
        return [html.P("It is intended for nobody yet: assign it, and drift is told of.", className="muted")]
    names = {str(entry.row.id): entry.row.name for entry in visit.data.listed(visit.principal).entries}
    sites, _ = visit.data.intentions.places(visit.principal)
    places = {str(one.id): one.name for one in sites}
    writes = visit.principal.may(Scope.CONFIG_WRITE)
    columns = ("For", "Version", "Values", "By", "Since", *([""] if writes else []))
    rows = [_assigned(visit, one, (names, places)) for one in opened.assigned]
    release = Form(
        title="Intend it no more for {{whom}}",
        method="DELETE",
        path=admin.rest(visit, f"templates/{opened.row.id}/assignments/{{{{id}}}}"),
        submit="Release",
        text="Devices stay as they are.",
        done="It is intended there no more.",
    )
    return [
        admin.table(columns, [cells if writes else cells[:-1] for cells in rows], label="Assignments"),
        *([forms.shared("template-release", release)] if writes else []),
    ]


def _assigned(visit: Visit, one: AssignmentRow, known: Sequence[Mapping[str, str]]) -> list[Any]:
    devices, sites = known
    if one.device_id:
        whom = f"device {devices.get(str(one.device_id), str(one.device_id))}"
    else:
        whom = f"site {sites.get(str(one.site_id), str(one.site_id))}" if one.site_id else f"tag {one.tag}"
    values = ", ".join(f"{name}={value}" for name, value in one.variables.items()) or units.NOTHING
    return [
        whom,
        str(one.number),
        html.Span(values, className="mono"),
        one.created_by,
        units.clock_time(one.created_at, visit.look.zone, visit.now),
        forms.row("Release", "template-release", f"Release {whom}", id=one.id, whom=whom),
    ]
