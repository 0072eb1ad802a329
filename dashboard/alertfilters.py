"""What narrows lists of alerts beside state and severity: a rule, a site, a tag, as the address says."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard import controls, forms
from dashboard.alertlist import WORDS, other
from dashboard.door import Visit
from dashboard.forms import Field, Form


def offered(visit: Visit) -> Component:
    """Offer to narrow the list to a rule, a site or a tag; what is in force is a chip that removes it."""
    listed = visit.data.listed(visit.principal).entries
    sites = sorted({one.row.site for one in listed if one.row.site})
    tags = sorted({tag for one in listed for tag in one.row.tags})
    rules = sorted({one.rule.name for one in visit.data.alerts.rules(visit.principal)})
    suggested = {"rule": rules, "site": sites, "tag": tags}
    fields = [
        Field(name=name, label=name.capitalize(), suggest=suggested[name], value=visit.asked.get(name, ""))
        for name in WORDS
    ]
    kept = {name: visit.asked[name] for name in ("state", "severity") if visit.asked.get(name)}
    form = Form(title="Narrow the alerts", method="GO", path=visit.address(visit.path), fields=fields,
                submit="Show", fixed=kept)  # fmt: skip
    chips = [
        controls.chip(f"{name.capitalize()}: {visit.asked[name]}", other(visit.asked, **{name: ""}))
        for name in WORDS
        if visit.asked.get(name)
    ]
    return html.Div([forms.button("Filter", form, kind="small"), *chips], className="filters")
