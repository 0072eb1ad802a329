"""When devices are not expected to answer: planned here, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, forms, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.maintenance import Narrow, Window
from fleet.belonging import TAG
from fleet.identity import Scope
from fleet.recurrence import Series

PAST = timedelta(days=30)
CHOICE = 500
"""Devices that a list to choose from offers; of more, one is chosen on its own page."""

LASTS = ("30m", "1h", "2h", "4h", "8h", "1d", "2d", "7d")
REPEATS = (
    ("once", "not at all"),
    ("daily", "daily"),
    ("weekly", "weekly"),
    ("monthly", "monthly"),
    ("rule", "by a rule"),
)
DAYS = (("MO", "Monday"), ("TU", "Tuesday"), ("WE", "Wednesday"), ("TH", "Thursday"), ("FR", "Friday"),
        ("SA", "Saturday"), ("SU", "Sunday"))  # fmt: skip
CHOICES = {
    "daily": [("FREQ=DAILY", "every day"), ("FREQ=DAILY;INTERVAL=2", "every second day")],
    "weekly": [
        *((f"FREQ=WEEKLY;BYDAY={day}", f"every {word}") for day, word in reversed(DAYS)),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "working days"),
        ("FREQ=WEEKLY;BYDAY=SA,SU", "weekends"),
    ],
    "monthly": [
        *((f"FREQ=MONTHLY;BYDAY=1{day}", f"the first {word}") for day, word in reversed(DAYS)),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "the first day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "the last day"),
    ],
}
"""How something recurs, in words."""

ZONES = ("UTC", "Europe/London", "Europe/Oslo", "Europe/Riga", "America/New_York", "Asia/Tokyo", "Australia/Sydney")

WHOM = (
    ("site", "the devices at a site"),
    ("tag", "the devices with a tag"),
    ("device", "one device"),
    ("all", "all devices"),
)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the windows that last or are to come, or those of the last month too."""
    past = visit.asked.get("past") == "1"
    since = visit.now - PAST if past else visit.now
    found = visit.data.office.windows(visit.principal, Narrow(since=since))
    writes = visit.principal.may(Scope.DEVICES_WRITE)
    plan = (
        forms.button("Plan maintenance", _planning(visit), kind="primary", id="maintenance-plan") if writes else None
    )
    head = admin.head(
        "Maintenance", "A time for which nothing is expected of devices; availability leaves it out.", plan
    )
    other = (
        controls.link("Only what lasts or is to come", "?")
        if past
        else controls.link("Those of the last 30 days too", "?past=1")
    )
    filters = html.Div(other, className="filters")
    if not found:
        return [head, filters, controls.notice("Nothing is planned", "Devices that do not answer are told as down.")]
    columns = ("State", "For", "From", "Until", "Recurs", "Reason", "By", *([""] if writes else []))
    rows = [_row(visit, one, writes) for one in found]
    return [head, filters, admin.table(columns, rows, label="Maintenance"), _back(visit) if writes else None]


def _row(visit: Visit, one: Window, writes: bool) -> list[object]:
    zone, now = visit.look.zone, visit.now
    start, end = _next(one, now)
    lasts = start <= now and (end is None or now < end)
    word = "now" if lasts else "planned" if end is None or now < end else "over"
    sign = html.Span("◆", className="glyph", **marks(aria_hidden="true")) if lasts else None
    state = html.Span([sign, word], className="state", **marks(data_state="maintenance" if lasts else "other"))
    cells: list[object] = [
        state,
        html.Strong(one.whom),
        units.clock_time(start, zone, now),
        units.NOTHING if end is None else units.clock_time(end, zone, now),
        _recurs(one.series),
        one.reason,
        one.created_by,
    ]
    back = forms.row("Take back", "window-back", f"Take back the maintenance of {one.whom}", id=one.id, whom=one.whom)
    return [*cells, back] if writes else cells


def _next(one: Window, now: datetime) -> tuple[datetime, datetime | None]:
    """Tell from when until when; of what recurs the time that lasts or is next, or where none is left the last."""
    if one.series is None:
        return one.start, one.end
    coming = one.series.coming(now, 1)
    if coming:
        return coming[0]
    return (one.start if one.end is None else one.end - one.series.lasts), one.end


def _recurs(series: Series | None) -> object:
    """Tell how something recurs: in words, where it is one of the choices, and by its rule."""
    if series is None:
        return units.NOTHING
    words = dict(one for choices in CHOICES.values() for one in choices)
    told = f"{words.get(series.rule, series.rule)} at {series.begin:%H:%M}, {series.zone}"
    return html.Span(told, title=f"RRULE:{series.rule}")


def _recurring(visit: Visit) -> list[Field]:
    """Ask how it recurs: by a simple choice or by the raw rule."""
    kinds = ["daily", "weekly", "monthly", "rule"]
    choices = [
        Field(name="every", label="On", kind="select", options=found, value=found[0][0], when={"repeats": [kind]})
        for kind, found in CHOICES.items()
    ]
    here = getattr(visit.look.zone, "key", "UTC")
    return [
        Field(name="repeats", label="Repeats", kind="select", options=REPEATS, value="once", apart=True),
        *choices,
        Field(
            name="every",
            label="Rule",
            required=True,
            hint="An RRULE of iCalendar, hourly at most: FREQ=MONTHLY;BYDAY=2TU",
            when={"repeats": ["rule"]},
            more={"maxlength": "400"},
        ),
        Field(
            name="at",
            label="At",
            required=True,
            value="02:00",
            hint="A time of day, as 02:00.",
            pattern="([01][0-9]|2[0-3]):[0-5][0-9]",
            half=True,
            when={"repeats": kinds},
        ),
        Field(
            name="zone",
            label="By the clock of",
            required=True,
            value=here,
            suggest=sorted({here, *ZONES}),
            half=True,
            when={"repeats": kinds},
        ),
    ]


def _planning(visit: Visit) -> Form:
    sites = [row.name for row in visit.data.office.sites(visit.principal)]
    tags = [row.tag for row in visit.data.office.tags(visit.principal)]
    entries = visit.data.fleet(visit.principal).entries
    devices = [(str(one.row.id), one.row.name) for one in entries] if len(entries) <= CHOICE else []
    whom = [one for one in WHOM if one[0] != "device" or devices]
    return Form(
        title="Plan maintenance",
        method="POST",
        path=admin.rest(visit, "maintenance"),
        submit="Plan it",
        done="The maintenance is planned.",
        preview=admin.rest(visit, "maintenance/occurrences"),
        fields=[
            Field(name="whom", label="For", kind="select", options=whom, value="site", apart=True),
            Field(name="site", label="Site", required=True, suggest=sites, when={"whom": ["site"]}),
            Field(name="tag", label="Tag", required=True, suggest=tags, pattern=TAG, when={"whom": ["tag"]}),
            Field(name="device_id", label="Device", kind="select", options=devices, when={"whom": ["device"]}),
            Field(name="all", label="Yes, all devices", kind="check", required=True, when={"whom": ["all"]}),
            *_recurring(visit),
            Field(name="from", label="From", kind="datetime-local", hint="Left out: now.", half=True),
            Field(
                name="lasts",
                label="It lasts",
                kind="select",
                options=[(one, one) for one in LASTS],
                value="2h",
                half=True,
            ),
            Field(
                name="reason", label="Reason", required=True, hint="Such as power work.", more={"maxlength": "500"}
            ),
        ],
    )


def _back(visit: Visit) -> Component:
    form = Form(
        title="Take back the maintenance of {{whom}}",
        method="DELETE",
        path=admin.rest(visit, "maintenance/{{id}}"),
        text="As if it had never been: what was down in that time counts again.",
        submit="Take it back",
        done="The maintenance was taken back.",
        danger=True,
    )
    return forms.shared("window-back", form)


page = admin.section(body, tab="Maintenance", path="admin/maintenance", scope=Scope.DEVICES_READ, rank=4)
