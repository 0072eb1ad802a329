"""The people of the tenant: who they are, what they may do, and the links that let them in."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, forms, units
from dashboard.controls import notice
from dashboard.door import Visit
from dashboard.forms import Field, Form, Reveal
from db.members import MemberRow
from fleet.identity import Right, Role

ROLES = {
    Role.VIEWER: ("Viewer", "sees everything, changes nothing"),
    Role.OPERATOR: ("Operator", "sees everything, changes devices, makes keys"),
    Role.TENANT_ADMIN: ("Tenant admin", "all of that, and decides about people and the audit log"),
    Role.SUPER_ADMIN: ("Super admin", "all of that, in every tenant"),
}
"""The roles with their words, from the least on."""

LINK = Reveal(
    "link",
    "The link, for this once",
    "Hand it over in private: whoever opens it first chooses the password. It is not shown again.",
    "This person signs in as before: the address belongs to another tenant as well.",
)
EMAIL = r"[^\s@]+@[^\s@]+"


def body(visit: Visit) -> Sequence[Component | None]:
    """List the people, with what may be done about each."""
    people = visit.data.office.users(visit.principal)
    writes = visit.principal.may(Right.USERS_WRITE)
    head = admin.head(
        "Users",
        f"{units.plural(len(people), 'person', 'people')} of {visit.person.tenant_name}.",
        forms.button("Invite somebody", _invitation(visit), kind="primary", id="user-invite") if writes else None,
    )
    if not people:
        return [head, notice("Nobody yet", "Invite the first person.")]
    columns = ("Address", "Role", "What it allows", *([""] if writes else []))
    rows = [_row(visit, one, writes) for one in people]
    return [head, admin.table(columns, rows, label="Users"), *(_shared(visit) if writes else [])]


def _row(visit: Visit, one: MemberRow, writes: bool) -> list[object]:
    word, meaning = ROLES[one.role]
    you = html.Span("you", className="pill") if one.id == visit.person.user_id else None
    cells: list[object] = [
        html.Span([one.email, you], className="with-pill"),
        word,
        html.Span(meaning, className="muted"),
    ]
    return [*cells, _actions(visit, one)] if writes else cells


def _actions(visit: Visit, one: MemberRow) -> Component | None:
    """Offer what may be done; only a super admin decides who is one."""
    if one.role is Role.SUPER_ADMIN and visit.principal.role is not Role.SUPER_ADMIN:
        return None
    about = {"id": one.id, "email": one.email, "role": one.role.value}
    return html.Div(
        [
            forms.row("Role", "user-role", f"Change the role of {one.email}", **about),
            forms.row("New link", "user-link", f"Make a new link for {one.email}", **about),
            forms.row("Remove", "user-remove", f"Remove {one.email}", **about),
        ]
    )


def _shared(visit: Visit) -> list[Component]:
    one = admin.rest(visit, "users/{{id}}")
    role = Form(
        title="Role of {{email}}",
        method="PATCH",
        path=one,
        load=one,
        fields=[_role(visit, "{{role}}")],
        done="{{email}} has another role from now on.",
    )
    link = Form(
        title="New link for {{email}}",
        method="POST",
        path=f"{one}/link",
        fields=[_lasts()],
        submit="Make the link",
        text="With it a new password is chosen; the one of before ends then.",
        reveal=LINK,
    )
    gone = forms.removal(
        "Remove {{email}}",
        one,
        "{{email}}",
        text=f"This person is out of {visit.person.tenant_name} at once, and so are their sessions here.",
        done="{{email}} was removed.",
    )
    return [forms.shared("user-role", role), forms.shared("user-link", link), forms.shared("user-remove", gone)]


def _invitation(visit: Visit) -> Form:
    email = Field(
        name="email",
        label="E-mail address",
        kind="email",
        required=True,
        pattern=EMAIL,
        odd="Write it as name@example.net.",
        hint="By which the person signs in. No mail is sent: you hand the link over.",
    )
    return Form(
        title="Invite somebody",
        method="POST",
        path=admin.rest(visit, "users"),
        fields=[email, _role(visit, Role.VIEWER.value), _lasts()],
        submit="Make the link",
        done="Invited.",
        reveal=LINK,
    )


def _role(visit: Visit, value: str) -> Field:
    offered = [role for role in ROLES if role is not Role.SUPER_ADMIN or visit.principal.role is role]
    options = [(role.value, f"{ROLES[role][0]}: {ROLES[role][1]}") for role in offered]
    return Field(name="role", label="Role", kind="select", options=options, value=value)


def _lasts() -> Field:
    options = [("1d", "for a day"), ("7d", "for a week"), ("30d", "for 30 days")]
    return Field(name="lasts", label="The link may be used once", kind="select", options=options, value="7d")


page = admin.section(body, tab="Users", path="admin/users", scope=Right.USERS_READ, rank=6)
