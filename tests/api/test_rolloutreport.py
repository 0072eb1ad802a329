"""The report of a rollout: no spreadsheet computes it and no browser runs it, whatever devices are called."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from api import rolloutprint, rolloutsheet
from db.rolloutreports import Report
from db.rollouts import Line, Row, Standing
from fleet.identity import TenantId
from fleet.rollouts import Limits, Result, RolloutState, Stage, Step, Unit, Verdict
from fleet.rollouts.course import course
from fleet.rollouts.pausing import Watch
from tests.fleet.rollouts.world import NOON, candidate, planned, terms

EVIL = "=HYPERLINK(1)<script>alert(1)</script>"
WHY = "It runs 7.16 & <not> 7.24.4."


def report() -> Report:
    """A rollout of two devices, of which the first failed; a third was left out."""
    plan = planned(candidate(0, name=EVIL), candidate(1, site="+1"))
    units = [Unit(m.device_id, m.wave, m.place, m.kind, m.site, m.hops, canary=m.canary) for m in plan.members]
    members = list(plan.members)
    at = next(place for place, one in enumerate(members) if one.name == EVIL)
    bad = {"stage": Stage.FAILED, "verdict": Verdict.FAIL, "reason": WHY, "ended_at": NOON + timedelta(minutes=9)}
    units[at] = replace(units[at], **bad)
    journal = [
        Line(NOON, Step.STAGE, Stage.STAGING, None, {"files": ["routeros.npk"], "bytes": 2048}),
        Line(NOON + timedelta(minutes=1), Step.INSTALL, Stage.REBOOTING, None, {"up_since": "<now>"}),
        Line(NOON + timedelta(minutes=9), Step.INSTALL, Stage.FAILED, Result.FAILED, {"reason": WHY}),
    ]
    row = Row(
        id=UUID(int=1),
        tenant_id=TenantId(UUID(int=2)),
        name="spring <b>",
        state=RolloutState.PAUSED,
        terms=terms(),
        skipped=[{"device_id": str(UUID(int=9)), "name": "@left", "why": ["It is down.", "-1"]}],
        pairs=(),
        proving=True,
        digest="d" * 64,
        by="ada",
        at=NOON,
        approved_by="grace",
        approved_at=NOON,
        started_by="ada",
        started_at=NOON,
        forgiven_at=None,
        ended_at=None,
        why="One <failed>.",
        stages={},
        forecast=None,
        foreseen=None,
    )
    gone = course(members, units, Watch(Limits()), NOON)
    standings = [Standing(member, unit) for member, unit in zip(members, units, strict=True)]
    return Report(row, standings, {members[at].device_id: journal}, gone, NOON + timedelta(hours=1))


def test_the_table_tells_each_device_and_computes_nothing() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(rolloutsheet.write(report())), newline="")))
    by_name = {row["device"]: row for row in rows}
    assert set(by_name) == {f"'{EVIL}", "r001", "'@left"}
    bad = by_name[f"'{EVIL}"]
    assert (bad["stage"], bad["gates"], bad["reason"], bad["bytes"]) == ("failed", "fail", WHY, "2048")
    assert (bad["begun_at"], bad["restarted_at"]) == ("2026-01-05T12:00:00+00:00", "2026-01-05T12:01:00+00:00")
    assert (bad["planned_by"], bad["approved_by"], bad["started_by"]) == ("ada", "grace", "ada")
    assert by_name["r001"]["site"] == "'+1"
    assert (by_name["'@left"]["stage"], by_name["'@left"]["reason"]) == ("left out", "It is down. -1")


def test_the_page_for_print_escapes_what_it_tells_and_runs_nothing() -> None:
    told = "".join(rolloutprint.write(report()))
    assert "<script" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "default-src &#39;none&#39;" in told or "default-src 'none'" in told
    for word in ("<h1>spring &lt;b&gt;</h1>", "One &lt;failed&gt;.", "It runs 7.16 &amp; &lt;not&gt; 7.24.4.",
                 "up_since: &lt;now&gt;", "2026-01-05 12:09:00 UTC", "It is down. -1", "grace"):  # fmt: skip
        assert word in told, word
    assert told.count("<tr class=bad>") == 2
