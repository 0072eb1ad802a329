"""The inventory into real tables: what is there, since when, what is gone, and what was noted of it."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger
from db.ingest import Written
from fleet.device import Device
from fleet.events import Event
from fleet.inventory import Facts
from tests.fixtures.database import Database, Tenant, copy, seed
from tests.fixtures.database import Template as Migrated
from tests.fixtures.metrics import NOW, STREAM, cpu, ingest, received, seconds, stocked, stored, write

TwoTenants = tuple[Tenant, Tenant]
ITEMS = """
    SELECT key, facts, first_seen, coalesce(last_seen, at), gone_at FROM inventory JOIN inventory_readings
    USING (device_id, kind) WHERE inventory.device_id = %s ORDER BY kind, key
"""
LOG = "SELECT key, what, at, before, after FROM inventory_changes WHERE device_id = %s ORDER BY at, kind, key"
HEARD = "SELECT kind, at, told, kept FROM inventory_readings WHERE device_id = %s ORDER BY kind"

OLD: Facts = {"name": "routeros", "version": "7.15"}
NEW: Facts = {"name": "routeros", "version": "7.16"}
IOT: Facts = {"name": "iot", "version": "7.16"}


@pytest.fixture
def device(two_tenants: TwoTenants) -> Device:
    return two_tenants[0].devices[0]


def whole(database: Database, device: Device) -> list[Any]:
    return [stored(database, statement, device.id) for statement in (ITEMS, LOG, HEARD)]


def each(database: Database, *events: Event) -> list[Written]:
    """Write each event as a batch of its own."""
    return write(database, *(received([event], first) for first, event in enumerate(events, start=1)))


def test_what_a_device_has_is_stored_and_is_no_change_at_first(database: Database, device: Device) -> None:
    written = each(database, stocked(device, NOW, {"routeros": OLD, "iot": IOT}))
    assert written == [Written(events=1)]
    assert whole(database, device) == [
        [("iot", IOT, NOW, NOW, None), ("routeros", OLD, NOW, NOW, None)],
        [],
        [("packages", NOW, 2, 2)],
    ]
    assert stored(database, "SELECT DISTINCT tenant_id FROM inventory") == [(device.tenant_id,)]


def test_what_comes_goes_and_differs_is_noted(database: Database, device: Device) -> None:
    each(
        database,
        stocked(device, NOW, {"routeros": OLD, "iot": IOT}),
        stocked(device, seconds(900), {"routeros": NEW}),
        stocked(device, seconds(1800), {"routeros": NEW, "iot": IOT}),
    )
    items, log, heard = whole(database, device)
    assert items == [("iot", IOT, NOW, seconds(1800), None), ("routeros", NEW, NOW, seconds(1800), None)]
    assert log == [
        ("iot", "removed", seconds(900), IOT, {}),
        ("routeros", "changed", seconds(900), {"version": "7.15"}, {"version": "7.16"}),
        ("iot", "added", seconds(1800), {}, IOT),
    ]
    assert heard == [("packages", seconds(1800), 2, 2)]


def test_what_is_gone_is_kept_with_its_time(database: Database, device: Device) -> None:
    each(database, stocked(device, NOW, {"a": {}, "b": {}}), stocked(device, seconds(9), {"b": {}}))
    assert stored(database, ITEMS, device.id) == [("a", {}, NOW, NOW, seconds(9)), ("b", {}, NOW, seconds(9), None)]


def test_a_volatile_fact_is_kept_and_not_noted(database: Database, device: Device) -> None:
    each(database, stocked(device, NOW, {"a": {"seen": 1}}), stocked(device, seconds(9), {"a": {"seen": 2}}))
    assert whole(database, device)[:2] == [[("a", {"seen": 2}, NOW, seconds(9), None)], []]


def test_kinds_do_not_touch_one_another_and_neither_do_devices(database: Database, two_tenants: TwoTenants) -> None:
    one, two = two_tenants[0].devices[0], two_tenants[1].devices[0]
    each(
        database,
        stocked(one, NOW, {"a": {}}),
        stocked(one, NOW, {"a": {}}, "users"),
        stocked(two, NOW, {"a": {}}),
        stocked(one, seconds(9), {}, "users"),
    )
    found = stored(
        database, "SELECT tenant_id, kind, gone_at FROM inventory ORDER BY tenant_id <> %s, kind", one.tenant_id
    )
    assert found == [
        (one.tenant_id, "packages", None),
        (one.tenant_id, "users", seconds(9)),
        (two.tenant_id, "packages", None),
    ]
    assert stored(database, "SELECT device_id, kind, what FROM inventory_changes") == [(one.id, "users", "removed")]


def test_an_event_that_comes_again_or_late_changes_nothing(database: Database, device: Device) -> None:
    first, second = stocked(device, NOW, {"routeros": OLD}), stocked(device, seconds(9), {"routeros": NEW})
    each(database, first, second)
    before = whole(database, device)
    each(database, second, first, stocked(device, seconds(5), {}), stocked(device, seconds(9), {"other": {}}))
    assert whole(database, device) == before
    assert ledger.counts(database.stores) == {STREAM: 4}


def test_several_events_of_a_device_in_one_batch_leave_what_they_leave_one_by_one(
    database: Database, two_tenants: TwoTenants
) -> None:
    one, two, three = two_tenants[0].devices
    states: list[dict[str, Facts]] = [{"a": {"n": 1}}, {"a": {"n": 2}, "b": {}}, {"b": {}}]
    write(database, received([stocked(one, seconds(n), state) for n, state in enumerate(states)]))
    each(database, *(stocked(two, seconds(n), state) for n, state in enumerate(states)))
    write(database, received([stocked(three, seconds(n), state) for n, state in reversed(list(enumerate(states)))]))
    assert whole(database, one) == whole(database, two) == whole(database, three)
    assert len(stored(database, LOG, one.id)) == 3


def test_a_list_that_is_cut_says_so_and_tells_nothing_of_what_lies_behind(database: Database, device: Device) -> None:
    each(
        database,
        stocked(device, NOW, {"b": {}, "c": {}}, told=3),
        stocked(device, seconds(9), {"a": {}, "b": {}}, told=4),
    )
    items, log, heard = whole(database, device)
    assert [(key, gone) for key, *_, gone in items] == [("a", None), ("b", None), ("c", seconds(9))]
    assert [(key, what) for key, what, *_ in log] == [("a", "added")]
    assert heard == [("packages", seconds(9), 4, 2)]


def test_it_is_stored_together_with_the_measurements_of_its_batch_or_not_at_all(
    database: Database, device: Device
) -> None:
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("ALTER TABLE inventory ADD CONSTRAINT trap CHECK (key <> 'trap')")
    batch = received([cpu(device, NOW, 0.5), stocked(device, NOW, {"trap": {}})])
    with pytest.raises(psycopg.errors.CheckViolation):
        write(database, batch)
    assert stored(database, "SELECT count(*) FROM resource_metrics") == [(0,)]
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("ALTER TABLE inventory DROP CONSTRAINT trap")
    assert write(database, batch) == [Written(events=2, rows=1)]
    assert whole(database, device)[2] == [("packages", NOW, 1, 1)]


def test_a_batch_with_a_row_that_is_there_already_brings_its_inventory_along(
    database: Database, device: Device
) -> None:
    write(database, received([cpu(device, NOW, 0.5)]))
    (written,) = write(database, received([cpu(device, NOW, 0.5), stocked(device, NOW, {"a": {}})], first=2))
    assert (written.rows, written.duplicates) == (0, 1)
    assert [key for key, *_ in stored(database, ITEMS, device.id)] == ["a"]


def test_what_cannot_be_kept_is_refused_and_the_rest_is_stored(database: Database, device: Device) -> None:
    odd: dict[str, Facts] = {"good": {"text": "a\0b", "☃": "ü"}, "nul\0": {}, "x" * 700: {}}
    (written,) = each(database, stocked(device, NOW, odd))
    assert written.reasons == {"malformed_item": 2}
    assert [(key, facts) for key, facts, *_ in stored(database, ITEMS, device.id)] == [
        ("good", {"text": "ab", "☃": "ü"})
    ]


def test_a_device_takes_its_inventory_along_and_one_that_is_gone_gets_none(
    database: Database, two_tenants: TwoTenants
) -> None:
    device, other = two_tenants[0].devices[:2]

    async def run() -> list[Written]:
        async with ingest(database) as into:
            first = await into.write(received([stocked(device, NOW, {"a": {}}), stocked(other, NOW, {"a": {}})]))
            await into.write(received([stocked(device, seconds(1), {})], first=3))
            with psycopg.connect(database.admin_url) as admin:
                admin.execute("DELETE FROM devices WHERE id = %s", (device.id,))
            late = [stocked(device, seconds(9), {"b": {}}), stocked(other, seconds(9), {"a": {}, "b": {}})]
            return [first, await into.write(received(late, first=4))]

    assert [written.refused for written in asyncio.run(run())] == [0, 0]
    for table in ("inventory", "inventory_changes", "inventory_readings"):
        assert stored(database, f"SELECT DISTINCT device_id FROM {table}") == [(other.id,)]


def test_two_writers_with_the_same_devices_wait_for_each_other(database: Database, two_tenants: TwoTenants) -> None:
    devices = two_tenants[0].devices
    batches = [
        received(
            [stocked(d, seconds(n), {f"k{n}": {}}, kind) for kind in ("users", "routes") for d in order], 1 + 6 * n
        )
        for n, order in enumerate([devices, devices[::-1]] * 10)
    ]

    async def run() -> None:
        async with ingest(database, "writer-0") as one, ingest(database, "writer-1") as two:
            for first, second in zip(batches[::2], batches[1::2], strict=True):
                await asyncio.gather(one.write(first), two.write(second))

    asyncio.run(run())
    assert ledger.counts(database.stores) == {STREAM: 120}
    assert stored(database, "SELECT DISTINCT key FROM inventory WHERE gone_at IS NULL") == [("k19",)]
    assert stored(database, "SELECT count(*) FROM inventory WHERE gone_at IS NULL") == [(6,)]


STATES = st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from(["x", "seen"]), st.integers(0, 2)))


def test_the_log_leads_from_what_was_first_found_to_what_is_there(template: Migrated) -> None:
    with copy(template) as database:
        one, two = seed(database.stores, "north", 2).devices

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.lists(STATES, min_size=1, max_size=5), st.randoms(use_true_random=False))
        def check(states: list[dict[str, Facts]], random: Any) -> None:
            with psycopg.connect(database.admin_url) as admin:
                admin.execute("TRUNCATE inventory, inventory_changes, inventory_readings")
            events = [stocked(one, seconds(n), state) for n, state in enumerate(states)]
            each(database, *events)
            shuffled = [stocked(two, seconds(n), state) for n, state in enumerate(states)]
            random.shuffle(shuffled)
            write(database, received(shuffled))
            assert whole(database, one) == whole(database, two)
            built = {key: {n: v for n, v in facts.items() if n != "seen"} for key, facts in states[0].items()}
            for key, what, _, before, after in stored(database, LOG, one.id):
                if what == "removed":
                    del built[key]
                    continue
                item = built.setdefault(key, {})
                for name in before:
                    del item[name]
                item.update({name: value for name, value in after.items() if name != "seen"})
            there = {k: f for k, f, _, _, gone in stored(database, ITEMS, one.id) if gone is None}
            assert there == states[-1]
            assert built == {k: {n: v for n, v in f.items() if n != "seen"} for k, f in there.items()}

        check()
