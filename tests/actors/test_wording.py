"""Messages in words: what they say, that markup stays text, and where they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from actors import wording
from actors.wording import MOST, Story
from db.notifylines import Line
from fleet.alerts.telling import What

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def line(number: int, what: What = What.FIRED, summary: str = "core <b>1</b> is down.", hides: int = 0) -> Line:
    ended = AT if what is What.RESOLVED else None
    device = UUID(int=7), f"core-{number}", "Oslo"
    return Line(what, UUID(int=number), "critical", "device down", *device, summary, 1.0,
                AT - timedelta(minutes=5), AT, ended, None, False, hides, True)  # fmt: skip


def story(what: What, *lines: Line) -> Story:
    changes = {UUID(int=7): ["2026-01-05 11:00 UTC: the configuration changed"]}
    return Story(UUID(int=1), what, AT, "Northwind", "noc", "https://f.example/t/northwind/alerts", lines, changes)


def test_one_alert_says_what_since_when_what_changed_before_and_where_to_look() -> None:
    note = wording.note(story(What.FIRED, line(1, hides=12)))
    assert note.subject == "Firing: core <b>1</b> is down. [Northwind]"
    assert note.text.split("\n")[:5] == [
        "Firing, critical: core <b>1</b> is down.",
        "  rule: device down   site: Oslo",
        "  since: 2026-01-05 11:55:00 UTC",
        "  explains 12 more",
        "  before: 2026-01-05 11:00 UTC: the configuration changed",
    ]
    assert note.text.rstrip().endswith("https://f.example/t/northwind/alerts")
    assert "core &lt;b&gt;1&lt;/b&gt; is down." in note.html
    assert "<b>1" not in note.html


def test_what_looks_like_a_template_is_text() -> None:
    note = wording.note(story(What.FIRED, line(1, summary="{{ 7 * 7 }} {% raw %} is\nhot.")))
    assert note.subject == "Firing: {{ 7 * 7 }} {% raw %} is hot. [Northwind]"


def test_many_alerts_are_counted_and_the_first_are_listed() -> None:
    note = wording.note(story(What.RESOLVED, *(line(n, What.RESOLVED) for n in range(MOST + 2))))
    assert note.subject == f"Over: {MOST + 2} alerts, first core-0 [Northwind]"
    assert (note.text.count("Over, critical"), "and 2 more" in note.text) == (MOST, True)
    assert len(note.facts["data"]["alerts"]) == MOST + 2


def test_a_digest_counts_both_and_a_test_says_that_it_is_one() -> None:
    digest = wording.note(story(What.DIGEST, line(1), line(2), line(2, What.RESOLVED)))
    assert digest.subject == "2 began, 1 over [Northwind]"
    tried = wording.note(story(What.TEST))
    assert tried.subject == "Test of the channel noc [Northwind]"
    assert "This is a test of the channel noc of Northwind." in tried.text
