"""Alerts in words: one message as subject, text, HTML and JSON, written in a sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from actors.channel import Note
from db.notifylines import Line
from fleet.alerts.telling import What

MOST: Final = 40
"""Alerts that are listed in a message; of the others it tells how many there are."""

_SUBJECT: Final = """\
{%- if what == "test" -%}Test of the channel {{ channel }}
{%- elif lines|length == 1 -%}{{ heads[lines[0].what] }}: {{ lines[0].summary }}
{%- elif what == "digest" -%}{{ begun }} began, {{ over }} over
{%- else -%}{{ heads[what] }}: {{ lines|length }} alerts, first {{ lines[0].device }}
{%- endif %} [{{ tenant }}]"""

_TEXT: Final = """\
{% if what == "test" -%}
This is a test of the channel {{ channel }} of {{ tenant }}. Whoever reads this will be told of alerts.
{% endif -%}
{% for line in lines[:most] -%}
{{ heads[line.what] }}, {{ line.severity }}: {{ line.summary }}
  rule: {{ line.rule }}{% if line.site %}   site: {{ line.site }}{% endif %}
  since: {{ line.since|instant }}{% if line.ended_at %}   over: {{ line.ended_at|instant }}{% endif %}
{% if line.hides %}  explains {{ line.hides }} more
{% endif -%}
{% for change in changes.get(line.device_id, []) %}  before: {{ change }}
{% endfor %}
{% endfor -%}
{% if lines|length > most %}and {{ lines|length - most }} more
{% endif -%}
{{ link }}
"""

_HTML: Final = """\
<!doctype html><html><body style="font-family:sans-serif;line-height:1.4">
{% if what == "test" %}<p>This is a test of the channel <b>{{ channel }}</b> of {{ tenant }}.
Whoever reads this will be told of alerts.</p>{% endif %}
{% for line in lines[:most] %}<p><b>{{ heads[line.what] }}, {{ line.severity }}:</b> {{ line.summary }}<br>
rule: {{ line.rule }}{% if line.site %} · site: {{ line.site }}{% endif %}<br>
since: {{ line.since|instant }}{% if line.ended_at %} · over: {{ line.ended_at|instant }}{% endif %}
{% if line.hides %}<br>explains {{ line.hides }} more{% endif %}
{% for change in changes.get(line.device_id, []) %}<br>before: {{ change }}{% endfor %}</p>
{% endfor %}
{% if lines|length > most %}<p>and {{ lines|length - most }} more</p>{% endif %}
<p><a href="{{ link }}">{{ link }}</a></p></body></html>
"""

_HEADS: Final = {What.FIRED: "Firing", What.RESOLVED: "Over", What.ESCALATED: "Nobody has acknowledged"}


@dataclass(frozen=True, slots=True)
class Story:
    """What a message is about: whose, by which channel, which alerts, and what changed of devices before."""

    id: UUID
    what: What
    at: datetime
    tenant: str
    channel: str
    link: str
    lines: Sequence[Line] = ()
    changes: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    person: str = ""


def note(story: Story) -> Note:
    """Write a message in all its forms."""
    facts = {
        **{name: getattr(story, name) for name in ("what", "tenant", "channel", "link", "lines", "changes")},
        "heads": _HEADS,
        "most": MOST,
        "begun": sum(line.what is What.FIRED for line in story.lines),
        "over": sum(line.what is What.RESOLVED for line in story.lines),
    }
    subject = " ".join(_PLAIN.from_string(_SUBJECT).render(facts).split())[:200]
    text = _PLAIN.from_string(_TEXT).render(facts)
    html = _MARKED.from_string(_HTML).render(facts)
    return Note(story.id, story.at, subject, text, html, _document(story), story.person)


def _document(story: Story) -> dict[str, Any]:
    """Write a message for programs; ``timestamp`` is when it was sent."""
    return {
        "type": f"alert.{story.what}",
        "timestamp": story.at.isoformat(),
        "data": {
            "id": str(story.id),
            "tenant": story.tenant,
            "link": story.link,
            "alerts": [_alert(line, story.changes.get(line.device_id, ())) for line in story.lines],
        },
    }


def _alert(line: Line, changes: Sequence[str]) -> dict[str, Any]:
    named = ("severity", "rule", "device", "site", "summary", "value", "hides")
    when = {name: getattr(line, name) for name in ("since", "fired_at", "ended_at")}
    return {
        "id": str(line.id),
        "what": line.what.value,
        "device_id": str(line.device_id),
        **{name: getattr(line, name) for name in named},
        **{name: None if at is None else at.isoformat() for name, at in when.items()},
        "changed_before": list(changes),
    }


def _environment(*, marked: bool) -> Environment:
    made = ImmutableSandboxedEnvironment(autoescape=marked, undefined=StrictUndefined)
    made.filters["instant"] = lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return made


_PLAIN: Final = _environment(marked=False)
_MARKED: Final = _environment(marked=True)
