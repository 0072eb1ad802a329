"""The alert rules: what counts as wrong, for how long, how bad that is, for which devices; and their editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, alertparts, alertwords, controls, forms, ruleform, tables, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Form
from db.alertrules import RuleRow
from fleet.identity import Scope

COLUMNS = ("Rule", "Severity", "Begins when", "Over when", "For", "State", "Changed")


def body(visit: Visit) -> Sequence[Component | None]:
    """List the rules by name."""
    found, writes = visit.data.alerts.rules(visit.principal), visit.principal.may(Scope.ALERTS_WRITE)
    groups = visit.data.alerts.groups(visit.principal)
    made = ruleform.form(visit, title="Add an alert rule", method="POST", path="alert-rules")
    add = _begun("Add a rule", made) if writes else None
    text = "What counts as wrong. Of the rules of one name the narrowest counts for a device, even where it is off."
    head = admin.head("Rules", text, add)
    if not found:
        return [head, controls.notice("There is no rule", "Nothing is told as wrong until one is added.")]
    rows = [_row(visit, one, groups, writes) for one in found]
    laid = admin.table((*COLUMNS, *([""] if writes else [])), rows, label="Alert rules")
    return [head, laid, *(_declared(visit) if writes else [])]


def _row(visit: Visit, row: RuleRow, groups: Mapping[str, str], writes: bool) -> list[object]:
    rule, families = row.rule, visit.data.families
    hold = f"for {units.span(rule.hold)}" if rule.hold else "at once"
    at = units.clock_time(row.changed_at, visit.look.zone, visit.now) if row.changed_at else "as it came"
    cells: list[object] = [
        html.Strong(rule.name),
        alertparts.severity(rule.severity),
        html.Div([alertwords.compared(families, rule.condition), html.Div(hold, className="muted")]),
        alertwords.ending(families, rule) or html.Span("it is not met", className="muted"),
        alertwords.reach(rule, visit.data.listed(visit.principal), groups),
        tables.sign("On", "up") if rule.enabled else tables.sign("Off", "stale"),
        html.Div([at, html.Div(f"by {row.changed_by}", className="muted")]) if row.changed_at else at,
    ]
    return [*cells, _deeds(row)] if writes else cells


def _deeds(row: RuleRow) -> Component:
    rule = row.rule
    facts, short = ruleform.facts(row), {"id": rule.id, "name": rule.name}
    turn = ("Turn off", "rule-off") if rule.enabled else ("Turn on", "rule-on")
    return html.Span(
        [
            forms.row("Change", "rule-change", f"Change {rule.name}", **facts),
            forms.row("Copy", "rule-copy", f"Copy {rule.name}", **facts),
            forms.row(*turn, f"{turn[0]} {rule.name}", **short),
            forms.row("Remove", "rule-remove", f"Remove {rule.name}", **short),
        ]
    )


def _begun(word: str, form: Form) -> Component:
    """Make the button of a form that has what a new rule begins with."""
    return forms.button(word, form, kind="primary", id="rule-add", **marks(**{f"data_{n}": v for n, v in
                        ruleform.BLANK.items()}))  # fmt: skip


def _declared(visit: Visit) -> list[Component]:
    """Declare the forms that the rows share."""
    place = "alert-rules/{{id}}"
    change = ruleform.form(visit, title="Change {{name}}", method="PATCH", path=place)
    copy = ruleform.form(visit, title="Copy {{name}}", method="POST", path="alert-rules")
    return [
        forms.shared("rule-change", change),
        forms.shared("rule-copy", copy),
        forms.shared("rule-on", _turned(visit, "Turn on {{name}}", "Turn it on", True)),
        forms.shared("rule-off", _turned(visit, "Turn off {{name}}", "Turn it off", False)),
        forms.shared(
            "rule-remove",
            Form(
                title="Remove {{name}}",
                method="DELETE",
                path=admin.rest(visit, place),
                submit="Remove",
                text="What it raised is over within 20 seconds.",
                done="The rule is removed.",
                danger=True,
            ),
        ),
    ]


def _turned(visit: Visit, title: str, word: str, enabled: bool) -> Form:
    off = "What it raised is over, and it keeps wider rules of its name from its devices."
    return Form(
        title=title,
        method="PATCH",
        path=admin.rest(visit, "alert-rules/{{id}}"),
        submit=word,
        text="It counts within 20 seconds." if enabled else off,
        done="It is on." if enabled else "It is off.",
        fixed={"enabled": enabled},
    )


page = admin.section(body, tab="Rules", path="alerts/rules", scope=Scope.ALERTS_READ, rank=20, title="Alert rules")
