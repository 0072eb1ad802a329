"""Sessions are forgotten a month after their end, and none that lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from actors.chore import Occasion
from actors.chores import sessions
from actors.chores.sessions import KEPT
from db.sessions import UNUSED
from tests.fixtures.database import Database, Tenant
from tests.fixtures.signins import NOW, VISITOR, begun, stored


def test_what_ended_a_month_ago_goes(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    second = timedelta(seconds=1)
    old, kept, lasting = (
        begun(database, two_tenants[0], visitor=replace(VISITOR, at=at))
        for at in (NOW - KEPT - UNUSED - second, NOW - KEPT - UNUSED, NOW)
    )
    for _ in range(2):
        sessions.chore.run(Occasion(database.stores, NOW))
        assert {row[0] for row in stored(database, "SELECT id FROM sessions")} == {kept, lasting}
    assert old not in (kept, lasting)
