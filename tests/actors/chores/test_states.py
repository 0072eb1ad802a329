"""States that devices had go with the roll-ups of that time, and the state of today stays."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from actors.chore import Occasion
from actors.chores import states
from fleet.resolutions import Resolution
from fleet.retention import DEFAULTS, Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, stored

ROW = "INSERT INTO device_states (device_id, tenant_id, at, state) VALUES (%s, %s, %s, %s)"
KEPT = DEFAULTS[Mode.NATIVE][Resolution.HOUR]


def test_states_are_kept_as_long_as_the_hours(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    device = two_tenants[0].devices[0]
    with psycopg.connect(database.admin_url) as admin:
        for state, back in (("up", KEPT + timedelta(days=1)), ("down", KEPT), ("up", timedelta(days=1))):
            admin.execute(ROW, (device.id, device.tenant_id, NOW - back, state))
    for _ in range(2):
        states.chore.run(Occasion(database.stores, NOW))
        assert [state for (state,) in stored(database, "SELECT state FROM device_states ORDER BY at")] == [
            "down",
            "up",
        ]
