"""Credential profiles, and the script that prepares routers to be watched."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, units
from dashboard.door import Visit
from dashboard.forms import Field, Form, Reveal
from db.profiles import ProfileRow
from fleet.identity import Scope
from routeros import preparing

SCRIPT = Reveal(
    "",
    "The script, for this once",
    "Paste it into the terminal of each router. Its password is kept sealed as the new profile and shown here alone.",
    "The profile was made already. Remove it and make another if the script is lost.",
)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the profiles, with what may be done about each."""
    found = visit.data.office.profiles(visit.principal)
    writes = visit.principal.may(Scope.DEVICES_WRITE)
    actions = [
        forms.button("Prepare routers", _preparing(visit), id="routers-prepare"),
        forms.button("Make a profile", _making(visit), kind="primary", id="profile-make"),
    ]
    head = admin.head(
        "Credential profiles",
        "A user and its password that many devices share, changed in one place. A password is shown to nobody.",
        *(actions if writes else []),
    )
    if not found:
        text = "“Prepare routers” makes a user with few rights, with a password that nobody needs to know."
        return [head, controls.notice("No profiles yet", text)]
    columns = ("Name", "User", "Devices", "Password given", *([""] if writes else []))
    rows = [_row(visit, one, writes) for one in found]
    return [head, admin.table(columns, rows, label="Credential profiles"), *(_shared(visit) if writes else [])]


def _row(visit: Visit, one: ProfileRow, writes: bool) -> list[object]:
    cells: list[object] = [
        html.Strong(one.name),
        html.Code(one.username),
        units.plural(one.devices, "device"),
        units.clock_time(one.sealed_at, visit.look.zone, visit.now),
    ]
    if not writes:
        return cells
    about = {"id": one.id, "name": one.name}
    change = forms.row("Change", "profile-change", f"Change {one.name}", **about)
    remove = forms.row("Remove", "profile-remove", f"Remove {one.name}", **about)
    return [*cells, html.Div([change, None if one.devices else remove])]


def _shared(visit: Visit) -> list[Component]:
    one = admin.rest(visit, "profiles/{{id}}")
    change = Form(
        title="Change {{name}}",
        method="PATCH",
        path=one,
        load=one,
        fields=[*_fields(), _password("New password", required=False, hint="Left empty: it stays.")],
        text="All devices of the profile are entered with what you give here, from the next poll on.",
        done="{{name}} was changed.",
    )
    gone = forms.removal("Remove {{name}}", one, "{{name}}", text="No device uses it.", done="{{name}} was removed.")
    return [forms.shared("profile-change", change), forms.shared("profile-remove", gone)]


def _making(visit: Visit) -> Form:
    return Form(
        title="Make a profile",
        method="POST",
        path=admin.rest(visit, "profiles"),
        fields=[*_fields(), _password("Password", required=True)],
        done="The profile was made.",
    )


def _preparing(visit: Visit) -> Form:
    return Form(
        title="Prepare routers",
        method="POST",
        path=admin.rest(visit, "prepare"),
        text="Makes a script for the routers' terminal: a user with few rights, and api-ssl. Its login becomes a new "
        "profile, with which you then add the devices.",
        fields=[
            Field(name="profile", label="Name of the new profile", required=True, more={"maxlength": "120"}),
            Field(name="username", label="User that the script makes", required=True, value=preparing.NAME),
            Field(
                name="sources",
                label="It may be used from",
                kind="words",
                hint="Addresses or networks with commas between them; left out: as the server is set.",
            ),
        ],
        submit="Make the script",
        reveal=SCRIPT,
    )


def _fields() -> list[Field]:
    return [
        Field(name="name", label="Name", required=True, more={"maxlength": "120"}),
        Field(name="username", label="User", required=True, more={"maxlength": "255"}),
    ]


def _password(label: str, *, required: bool, hint: str = "Kept encrypted under the tenant's key.") -> Field:
    return Field(name="password", label=label, kind="password", required=required, hint=hint)


page = admin.section(body, tab="Credentials", path="admin/profiles", scope=Scope.DEVICES_READ, rank=2)
