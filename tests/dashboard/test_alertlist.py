"""The order of alerts, what the address asks for, and what the bell says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from dashboard import alertbell, alertlist
from dashboard.alertdata import OPEN
from db.alertcauses import Cause
from db.alerts import AlertRow
from fleet.alerts.states import Shown
from fleet.events import Severity
from fleet.identity import DeviceId
from tests.fixtures.web import NOW

ONE, TWO, AWAY = (DeviceId(uuid4()) for _ in range(3))


def alert(device: UUID, state: Shown = Shown.FIRING) -> AlertRow:
    return AlertRow(
        id=uuid4(),
        state=state,
        rule_id=uuid4(),
        rule="CPU busy",
        severity=Severity.WARNING,
        device_id=device,
        device="router",
        key="",
        since=NOW - timedelta(minutes=5),
        fired_at=NOW,
        ended_at=None,
        value=0.95,
        summary="busy",
        turns=1,
        cause_id=None,
        acknowledged_at=None,
        acknowledged_by=None,
        comment=None,
        hides=0,
    )


def test_a_cause_is_told_once_and_what_it_explains_stands_below_it() -> None:
    found = [alert(ONE), alert(ONE), alert(TWO)]
    behind = [alert(TWO, Shown.SUPPRESSED)]
    cause = Cause(ONE, "router", 1)
    folded = list(alertlist.lines(found, [cause], (), None))
    assert [line.hides for line in folded] == [1, 0, 0]
    unfolded = list(alertlist.lines(found, [cause], behind, ONE))
    assert [line.alert for line in unfolded] == [found[0], behind[0], found[1], found[2]]
    assert [line.below for line in unfolded] == [False, True, False, False]


def test_a_cause_that_has_no_alert_itself_stands_behind_all_others() -> None:
    away = Cause(AWAY, "planned", 3)
    lines = list(alertlist.lines([alert(ONE)], [away], [alert(TWO)], AWAY))
    assert [(line.alert is None, line.below) for line in lines] == [(False, False), (True, False), (False, True)]


def test_an_alert_that_is_explained_is_no_cause() -> None:
    lines = list(alertlist.lines([alert(ONE, Shown.SUPPRESSED)], [Cause(ONE, "router", 2)], (), None))
    assert [(line.alert is None, line.hides) for line in lines] == [(False, 0), (True, 2)]


def test_the_address_narrows_and_what_it_says_wrongly_is_as_usual() -> None:
    asked = {"state": "silenced", "severity": "critical", "rule": "hot", "site": "Oslo", "tag": "core"}
    narrow = alertlist.narrow(asked)
    assert (narrow.states, narrow.severities) == ([Shown.SILENCED], [Severity.CRITICAL])
    assert (narrow.rule, narrow.site, narrow.tag) == ("hot", "Oslo", "core")
    assert alertlist.narrow({"state": "resolved", "severity": "grave"}) == replace(alertlist.narrow({}), states=OPEN)
    assert alertlist.whole({"cause": str(ONE)})
    assert not alertlist.whole(asked)


def test_the_bell_counts_what_is_bad_and_nobody_cares_for() -> None:
    counts = {
        (Shown.FIRING, Severity.CRITICAL): 1,
        (Shown.FIRING, Severity.WARNING): 2,
        (Shown.FIRING, Severity.INFO): 9,
        (Shown.ACKNOWLEDGED, Severity.CRITICAL): 7,
        (Shown.SILENCED, Severity.WARNING): 7,
    }
    shown = alertbell.shown(counts)
    assert shown["title"] == "Unacknowledged: 1 critical alert and 2 warnings"
    assert shown["children"][1].children == "3"
    many = alertbell.shown({(Shown.FIRING, Severity.WARNING): 100})
    assert (many["title"], many["children"][1].children) == ("Unacknowledged: 100 warnings", "99+")
    assert alertbell.shown({})["children"][1] is None
