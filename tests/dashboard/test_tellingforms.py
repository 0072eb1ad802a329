"""The forms of notifications: a kind of channel asks for what it takes, and a route's row fills all of its form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dashboard import tellingforms
from dashboard.forms import Field
from db.alertchannels import ChannelRow
from db.alertroutes import RouteRow
from fleet.alerts.telling import Escalation, Hours, Recipient, Way
from fleet.events import Severity

AT = datetime(2026, 1, 5, tzinfo=UTC)


def words(fields: list[Field]) -> set[str]:
    """Name the facts that fields are filled with."""
    return {name for field in fields for name in re.findall(r"{{(\w+)}}", str(field.value))}


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("email", {"mail.host", "mail.port", "mail.security", "mail.username", "mail.sender", "mail.to",
                   "mail.authority", "secret"}),
        ("webhook", {"url", "secret"}),
        ("slack", {"url"}),
    ],
)  # fmt: skip
def test_a_kind_of_channel_asks_for_what_it_takes(kind: str, asked: set[str]) -> None:
    fields = [one for one in tellingforms._channel(new=True) if kind in one.when.get("kind", [kind])]
    assert {one.name for one in fields} == asked | {"name"}


def test_a_row_of_a_channel_fills_its_form_and_tells_no_secret() -> None:
    settings = {"host": "mail.example.net", "port": 587, "to": ["a@example.net", "b@example.net"], "place": "…"}
    row = ChannelRow(uuid4(), "NOC", "email", settings, True, None, "ada", AT, 1)
    facts = tellingforms.channel_facts(row)
    assert words(tellingforms._channel(new=False)) <= set(facts)
    assert (facts["to"], facts["port"], facts["authority"]) == ("a@example.net, b@example.net", 587, "")
    assert "secret" not in facts


def test_a_row_of_a_route_fills_its_form() -> None:
    noc, boss = (uuid4() for _ in range(2))
    way = Way(
        id=uuid4(),
        name="nights",
        to=Recipient(noc),
        severity=Severity.CRITICAL,
        hours=Hours(frozenset({"sat", "sun"}), 22 * 60, 6 * 60, "Europe/Oslo"),
        escalation=Escalation(timedelta(minutes=15), Recipient(boss)),
    )
    facts = tellingforms.route_facts(RouteRow(way, True, "ada", AT, channel="NOC", escalate="boss"))
    asked = [*tellingforms._hours(), *tellingforms._told([])]
    assert words(asked) <= set(facts)
    assert (facts["begins"], facts["ends"], facts["days"]) == ("22:00", "06:00", "sat sun")
    assert (facts["after"], facts["escalate"], facts["digest"]) == ("900", boss, "")
