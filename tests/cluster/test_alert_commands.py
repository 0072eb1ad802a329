"""An administrator lists alerts, says who cares for one, silences a rule for a while, and ends that."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import psycopg

from actors.alerter import Alerter
from actors.alerting import Shelf
from bus.memory import MemoryBus, received
from bus.streams import ALERTER
from fleet.clock import FakeClock
from fleet.device import State
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import DeviceStatusEvent
from tests.cluster.administrator import Run, add, done, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")


def fail(database: Database) -> None:
    """Let the one device be heard of, and then not."""
    with psycopg.connect(database.admin_url) as connection:
        row = connection.execute("SELECT tenant_id, id FROM devices").fetchone()
    assert row is not None
    now = datetime.now(UTC).replace(microsecond=0)
    told = [
        DeviceStatusEvent(
            tenant_id=row[0],
            device_id=row[1],
            at=at,
            epoch=1,
            state=state,
            duration_seconds=0.1,
            error_code="unreachable" if state is State.DOWN else None,
        )
        for at, state in ((now - timedelta(minutes=2), State.UP), (now - timedelta(minutes=1), State.DOWN))
    ]
    alerter = Alerter(MemoryBus(ALERTER), Shelf(database.stores), FakeClock(now))
    asyncio.run(alerter.judge(received(*told)))


def test_an_alert_is_listed_cared_for_and_silenced(north: Run, database: Database) -> None:
    done(add(north, "--password-stdin"))
    assert json.loads(done(north("alert", "list", *NORTH, "--json"))) == []
    fail(database)
    (found,) = json.loads(done(north("alert", "list", *NORTH, "--severity", "critical", "--json")))
    assert (found["rule"], found["state"], found["summary"]) == ("device down", "firing", "core-1 is down.")
    short = found["id"][:8]
    assert "core-1 is down." in done(north("alert", "ack", short, *NORTH, "--comment", "on my way"))
    assert json.loads(done(north("alert", "list", *NORTH, "--in", "firing", "--json"))) == []
    (seen,) = json.loads(done(north("alert", "list", *NORTH, "--in", "acknowledged", "--json")))
    assert seen["comment"] == "on my way"
    refused(north("alert", "ack", "ffffffff", *NORTH), NotFound)

    hush = ("alert", "silence", *NORTH, "--for", "1h", "--reason", "storm")
    refused(north(*hush, "--device", "core-1", "--tag", "mast"), BadInput)
    made = json.loads(done(north(*hush, "--rule", "device down", "--device", "core-1", "--json")))
    (kept,) = json.loads(done(north("alert", "silences", *NORTH, "--json")))
    assert (kept["id"], kept["of"], kept["reason"]) == (made["id"], "core-1", "storm")
    done(north("alert", "lift", made["id"], *NORTH))
    assert json.loads(done(north("alert", "silences", *NORTH, "--json"))) == []
    refused(north("alert", "lift", made["id"], *NORTH), NotFound)
    assert "device down" in {one["name"] for one in json.loads(done(north("alert", "rules", *NORTH, "--json")))}


def test_channels_routes_and_deliveries_are_kept(north: Run) -> None:
    add_hook = ("alert", "channel", "add", "hook", *NORTH, "--kind", "webhook", "--password-stdin", "--json")
    made = json.loads(done(north(*add_hook, stdin="https://hooks.example.net/secret\n")))
    assert (made["secret"].startswith("whsec_"), "/secret" in str(made)) == (True, False)
    refused(
        north("alert", "channel", "add", "x", *NORTH, "--kind", "pigeon", "--password-stdin", stdin="x\n"), BadInput
    )
    done(north("alert", "route", "add", "all", *NORTH, "--channel", "hook", "--digest", "1h", "--begins", "08:00"))
    refused(north("alert", "route", "add", "bad", *NORTH, "--channel", "hook", "--begins", "8"), BadInput)
    (route,) = json.loads(done(north("alert", "route", "list", *NORTH, "--json")))
    assert (route["channel"], route["digest_seconds"], route["hours"]["begins"]) == ("hook", 3600, "08:00")
    refused(north("alert", "channel", "remove", "hook", *NORTH), Conflict)
    tried = json.loads(done(north("alert", "channel", "test", "hook", *NORTH, "--json")))
    (listed,) = json.loads(done(north("alert", "delivery", "list", *NORTH, "--in", "waiting", "--json")))
    assert (listed["id"], listed["what"], listed["channel"]) == (tried["id"], "test", "hook")
    refused(north("alert", "delivery", "retry", tried["id"], *NORTH), Conflict)
    assert "hook" in done(north("alert", "channel", "list", *NORTH))
    (turned,) = json.loads(done(north("secrets", "rotate", *NORTH, "--json")))
    assert turned["channels"] == 2
    done(north("alert", "channel", "switch", "hook", "--off", *NORTH))
    done(north("alert", "route", "remove", "all", *NORTH))
    done(north("alert", "channel", "remove", "hook", *NORTH))
    assert json.loads(done(north("alert", "channel", "list", *NORTH, "--json"))) == []
