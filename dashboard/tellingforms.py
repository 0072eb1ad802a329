"""The forms of channels and routes: where alerts are told, and which of them, at which hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dashboard import admin, alertparts
from dashboard.door import Visit
from dashboard.forms import Field, Form, Reveal
from db.alertchannels import ChannelRow
from db.alertroutes import RouteRow
from fleet.alerts.telling import DAYS
from fleet.belonging import TAG

KINDS = (("email", "E-mail, by a mail server of yours"), ("webhook", "Webhook, signed"), ("slack", "Slack, or alike"))
SECURITIES = (("starttls", "STARTTLS"), ("tls", "TLS from the beginning"), ("none", "none"))
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"
HOUR: dict[str, Any] = {"pattern": CLOCK, "odd": "Write it as 08:00.", "half": True}
MINUTES: dict[str, Any] = {"kind": "number", "factor": 60.0, "half": True, "more": {"min": "0", "step": "any"}}
BLANK = {
    "kind": "email",
    "port": "587",
    "security": "starttls",
    "place": "100",
    "severity": "info",
    "days": " ".join(DAYS),
    "begins": "00:00",
    "ends": "00:00",
    "group": "30",
    "enabled": "true",
}
"""What forms for something new begin with."""


def channel(visit: Visit) -> Form:
    """Make the form of a new channel of any kind."""
    kind = Field(name="kind", label="Kind", kind="select", options=KINDS, value="{{kind}}", half=True)
    name, *rest = _channel(new=True)
    return Form(
        title="Add a channel",
        method="POST",
        path=admin.rest(visit, "alert-channels"),
        fields=[name, kind, *rest],
        submit="Add the channel",
        done="The channel is made.",
        reveal=Reveal(
            "secret",
            "The secret that signs its messages",
            "The receiver checks the signature by it. It is shown now and never again.",
            "The channel is made. Send a test by it, and lead a route to it.",
        ),
    )


def changed(visit: Visit, kind: str) -> Form:
    """Make the form that changes a channel of a kind, which its row fills."""
    mine = [one for one in _channel(new=False) if kind in one.when.get("kind", [kind])]
    return Form(
        title="Change {{name}}",
        method="PATCH",
        path=admin.rest(visit, "alert-channels/{{id}}"),
        fields=[replace(one, when={}) for one in mine],
        load=admin.rest(visit, "alert-channels/{{id}}"),
        whole=True,
        done="The channel is changed.",
    )


def channel_facts(row: ChannelRow) -> dict[str, object]:
    """Tell what a row says of its channel; secrets are never among it."""
    told = row.settings
    words = ("host", "port", "security", "username", "sender", "authority")
    return {
        "id": row.id,
        "name": row.name,
        **{word: told.get(word) or "" for word in words},
        "to": ", ".join(told.get("to", ())),
    }


def _channel(*, new: bool) -> list[Field]:
    mail: dict[str, Any] = {"when": {"kind": ["email"]}}
    hook: dict[str, Any] = {"when": {"kind": ["webhook"]}}
    kept = "" if new else "Left out: as it is."
    sealed = f"Kept encrypted. {kept}".strip()
    url: dict[str, Any] = {"label": "URL", "kind": "password", "required": new, "hint": sealed}
    return [
        Field(name="name", label="Name", required=True, value="{{name}}", half=True, more={"maxlength": "120"}),
        Field(name="mail.host", label="Mail server", required=True, value="{{host}}", half=True, **mail),
        Field(name="mail.port", label="Port", kind="number", required=True, value="{{port}}", half=True,
              more={"min": "1", "max": "65535"}, **mail),
        Field(name="mail.security", label="Security", kind="select", options=SECURITIES, value="{{security}}",
              half=True, **mail),
        Field(name="mail.username", label="User", value="{{username}}", half=True, **mail),
        Field(name="secret", label="Password", kind="password", hint=sealed, **mail),
        Field(name="mail.sender", label="From", kind="email", required=True, value="{{sender}}", half=True, **mail),
        Field(name="mail.to", label="To", kind="words", required=True, value="{{to}}", half=True,
              hint="Addresses, with commas.", **mail),
        Field(name="mail.authority", label="Certificate to trust", kind="lines", value="{{authority}}",
              hint="PEM, where the mail server has one of its own.", **mail),
        Field(name="url", **url, when={"kind": ["webhook", "slack"]}),
        Field(name="secret", label="Secret", kind="password", **hook,
              hint="whsec_…; left out one is made and shown once." if new else kept),
    ]  # fmt: skip


def route(visit: Visit, channels: Sequence[ChannelRow], *, new: bool) -> Form:
    """Make the form of a route: a new one, or one that its row fills."""
    place = "alert-routes" if new else "alert-routes/{{id}}"
    return Form(
        title="Add a route" if new else "Change {{name}}",
        method="POST" if new else "PUT",
        path=admin.rest(visit, place),
        load="" if new else admin.rest(visit, place),
        whole=not new,
        submit="Add the route" if new else "Save",
        text="An alert takes the first route that is for it; where that one goes on, the next as well.",
        done="The route counts from now on.",
        fields=[*_which(visit), *_hours(), *_told(channels)],
    )


def route_facts(row: RouteRow) -> dict[str, object]:
    """Tell what a row says of its route."""
    way, further = row.way, row.way.escalation
    return {
        "id": way.id,
        "name": way.name,
        "place": way.place,
        "severity": way.severity.value,
        "tag": way.tag or "",
        "site": row.site or "",
        "days": " ".join(day for day in DAYS if day in way.hours.days),
        "begins": clock(way.hours.begins),
        "ends": clock(way.hours.ends),
        "zone": way.hours.zone,
        "channel": way.to.channel_id,
        "person": way.to.person,
        "group": f"{way.group.total_seconds():g}",
        "digest": "" if way.digest is None else f"{way.digest.total_seconds():g}",
        "after": "" if further is None else f"{further.after.total_seconds():g}",
        "escalate": "" if further is None else further.to.channel_id,
        "onward": "true" if way.goes_on else "",
        "enabled": "true" if row.enabled else "",
    }


def clock(minutes: int) -> str:
    """Write a time of the day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _which(visit: Visit) -> list[Field]:
    rows = [entry.row for entry in visit.data.listed(visit.principal).entries]
    sites, tags = {row.site for row in rows if row.site}, {tag for row in rows for tag in row.tags}
    bad = [(one.value, word) for one, (_, word, _) in reversed(alertparts.SIGNS.items())]
    return [
        Field(name="name", label="Name", required=True, value="{{name}}", half=True, more={"maxlength": "120"}),
        Field(name="place", label="Order", kind="number", required=True, value="{{place}}", half=True,
              more={"min": "0", "max": "10000"}),
        Field(name="severity", label="At least", kind="select", options=bad, value="{{severity}}"),
        Field(name="site", label="Only at the site", suggest=sorted(sites), value="{{site}}", half=True),
        Field(name="tag", label="Only with the tag", suggest=sorted(tags), pattern=TAG, value="{{tag}}", half=True),
    ]  # fmt: skip


def _hours() -> list[Field]:
    days = [(day, day.capitalize()) for day in DAYS]
    return [
        Field(name="days", label="On", kind="checks", options=days, value="{{days}}", required=True),
        Field(name="begins", label="From", required=True, value="{{begins}}", **HOUR),
        Field(
            name="ends", label="Until", required=True, value="{{ends}}", hint="The same time: the whole day.", **HOUR
        ),
        Field(name="zone", label="Time zone", required=True, value="{{zone}}", hint="Such as Europe/Oslo."),
    ]  # fmt: skip


def _told(channels: Sequence[ChannelRow]) -> list[Field]:
    listed = [(str(one.id), one.name) for one in channels]
    digest = {**MINUTES, "more": {"min": "5", "max": "10080", "step": "any"}}
    escalate = {**MINUTES, "more": {"min": "1", "max": "1440", "step": "any"}}
    return [
        Field(name="channel", label="Channel", kind="select", options=listed, value="{{channel}}", half=True),
        Field(name="person", label="To one person", value="{{person}}", half=True,
              hint="By e-mail alone; left out: whoever the channel leads to."),
        Field(name="group_seconds", label="Waits for more (seconds)", kind="number", value="{{group}}", half=True,
              required=True, more={"min": "0", "max": "3600"}),
        Field(name="digest_seconds", label="One message per (minutes)", value="{{digest}}",
              hint="Left out: no digest.", **digest),
        Field(name="escalate_seconds", label="Escalate after (minutes)", value="{{after}}",
              hint="Without a person who acknowledges it.", **escalate),
        Field(name="escalate", label="Escalate to", kind="select", options=[("", "nobody"), *listed],
              value="{{escalate}}", half=True),
        Field(name="goes_on", label="The next route for it as well", kind="check", value="{{onward}}"),
        Field(name="enabled", label="On", kind="check", value="{{enabled}}"),
    ]  # fmt: skip
