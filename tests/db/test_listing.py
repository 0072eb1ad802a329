"""Devices are found by what they are and put in every order, and pages of each order follow one another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bus import subjects
from db import facets, listing
from db.engine import driver
from db.facets import Facet
from db.filters import Filter
from db.inventory import DeviceRow
from db.listing import WORST_FIRST, Order, Sort
from db.operations import Author
from db.registry import Registry
from db.sites import Sites
from db.tenancy import tenant_session
from fleet.amendment import Amendment
from fleet.belonging import Words
from fleet.device import State
from tests.fixtures.database import CREATED, Database, Tenant, seed

NOON = CREATED + timedelta(hours=1)
VERSIONS = ("7.9", "7.18.2 (stable)", "7.18.2 (stable)", "6.49.10", "who knows", "9999999999999.1", None, "7.19beta2")
STATES = (State.UP, State.DOWN, State.DEGRADED, State.UP, State.MAINTENANCE, State.STALE, None, State.UP)


@pytest.fixture(scope="module")
def north(shared_database: Database) -> Tenant:
    """A tenant of eight devices of many kinds; the last two of south are of no concern to it."""
    north = seed(shared_database.stores, "north", len(VERSIONS))
    south = seed(shared_database.stores, "south", 2)
    with create_engine(driver(shared_database.admin_url)).begin() as admin:
        for number, (version, state) in enumerate(zip(VERSIONS, STATES, strict=True)):
            said = {"v": version, "s": state and state.value, "at": state and NOON - timedelta(minutes=number % 3)}
            said |= {"m": f"model {number % 2}" if number else None, "id": north.devices[number].id}
            changes = "version = :v, state = :s, since = :at, heard_at = :at, model = :m"
            admin.execute(text(f"UPDATE device_state SET {changes} WHERE device_id = :id"), said)
    author = Author("ada", NOON)
    for tenant in (north, south):
        with tenant_session(shared_database.stores, tenant.principal) as session:
            Sites(session, author, tenant.id).add("Oslo")
            registry = Registry(session, author, subjects.of)
            for number, one in enumerate(tenant.devices[:4]):
                tags = {"core"} | ({"edge"} if number % 2 else set())
                registry.change(
                    tenant.id, one.id, Amendment(site="Oslo" if number else None, tags=Words.exactly(tags))
                )
    return north


def every(database: Database, tenant: Tenant, order: Order, size: int, *wanted: Filter) -> list[DeviceRow]:
    """Read all pages of a list, each of so many devices."""
    found: list[DeviceRow] = []
    with tenant_session(database.stores, tenant.principal) as session:
        while True:
            after = listing.place(found[-1], order) if found else None
            page = listing.page(session, wanted, order, after, size)
            found += page
            if len(page) < size:
                return found


def names(database: Database, tenant: Tenant, **wanted: Any) -> list[int]:
    found = every(database, tenant, Order(NOON), 100, Filter(now=NOON, **wanted))
    return [int(row.name[-3:]) for row in found]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", Sort)
def test_pages_of_every_order_follow_one_another(
    shared_database: Database, north: Tenant, sort: Sort, descending: bool
) -> None:
    order = Order(NOON, sort, descending)
    whole = every(shared_database, north, order, 100)
    assert len(whole) == len(VERSIONS)
    for size in (1, 3):
        assert [row.id for row in every(shared_database, north, order, size)] == [row.id for row in whole]
    backwards = every(shared_database, north, Order(NOON, sort, not descending), 100)
    assert [row.id for row in backwards] == [row.id for row in reversed(whole)]


def test_versions_are_numbers_and_states_begin_with_the_worst(shared_database: Database, north: Tenant) -> None:
    versions = [row.version for row in every(shared_database, north, Order(NOON, Sort.VERSION), 100)]
    assert versions[:3] == ["who knows", "9999999999999.1", None] or set(versions[:3]) >= {"who knows", None}
    assert [v for v in versions if v and v[0] in "67"] == [
        "6.49.10", "7.9", "7.18.2 (stable)", "7.18.2 (stable)", "7.19beta2",
    ]  # fmt: skip
    states = [row.shown(NOON) for row in every(shared_database, north, Order(NOON, Sort.STATE), 100)]
    assert states == sorted(states, key=WORST_FIRST.index)
    heard = [row.heard_at for row in every(shared_database, north, Order(NOON, Sort.HEARD_AT), 100)]
    assert heard[0] is None
    assert heard[1:] == sorted(at for at in heard if isinstance(at, datetime))


def test_a_device_that_goes_or_comes_moves_no_other(database: Database) -> None:
    north = seed(database.stores, "north", 6)
    order = Order(NOON, Sort.MODEL)
    with tenant_session(database.stores, north.principal) as session:
        first = listing.page(session, [], order, None, 3)
        Registry(session, Author("ada", NOON), subjects.of).remove(north.id, first[1].id)
        rest = listing.page(session, [], order, listing.place(first[-1], order), 10)
    assert [row.name for row in first + rest] == [f"router-00{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"states": [State.DOWN]}, [1]),
        ({"states": [State.DOWN, State.STALE]}, [1, 5, 6]),
        ({"any_tag": ["edge"]}, [1, 3]),
        ({"any_tag": ["edge", "core"]}, [0, 1, 2, 3]),
        ({"all_tags": ["edge", "core"]}, [1, 3]),
        ({"all_tags": ["edge", "nothing"]}, []),
        ({"sites": [None]}, [0, 4, 5, 6, 7]),
        ({"models": ["model 0"]}, [2, 4, 6]),
        ({"models": ["model*"]}, [1, 2, 3, 4, 5, 6, 7]),
        ({"models": ["%*"]}, []),
        ({"versions": ["7.18*", "7.9"]}, [0, 1, 2]),
        ({"versions": ["7.18"]}, []),
        ({"text": "MODEL 1"}, [1, 3, 5, 7]),
        ({"text": "model 1", "any_tag": ["core"], "states": [State.UP]}, [3]),
    ],
    ids=str,
)
def test_devices_are_found_by_what_they_are(
    shared_database: Database, north: Tenant, wanted: dict[str, Any], found: list[int]
) -> None:
    assert names(shared_database, north, **wanted) == found


def test_two_filters_both_hold(shared_database: Database, north: Tenant) -> None:
    both = Filter(now=NOON, any_tag=["core"]), Filter(now=NOON, states=[State.DOWN, State.STALE])
    assert [row.name for row in every(shared_database, north, Order(NOON), 100, *both)] == ["router-001"]


def test_devices_are_counted_under_the_same_filter(shared_database: Database, north: Tenant) -> None:
    with tenant_session(shared_database.stores, north.principal) as session:
        whole = facets.count(session, [], NOON)
        core = facets.count(session, [Filter(now=NOON, any_tag=["core"])], NOON)
        none = facets.count(session, [Filter(now=NOON, text="nowhere")], NOON)
    assert (whole.devices, whole.heard_at) == (8, NOON)
    assert whole.states == {
        State.UP: 3, State.DEGRADED: 1, State.DOWN: 1, State.STALE: 2, State.MAINTENANCE: 1,
    }  # fmt: skip
    assert [(one.value, one.devices) for one in whole.sites] == [(None, 5), ("Oslo", 3)]
    assert whole.sites[1].id is not None
    assert whole.tags == [Facet("core", 4), Facet(None, 4), Facet("edge", 2)]
    assert whole.versions[0] == Facet("7.18.2 (stable)", 2)
    assert (core.devices, core.tags) == (4, [Facet("core", 4), Facet("edge", 2)])
    assert (none.devices, none.heard_at, none.tags) == (0, None, [])
    assert none.states == dict.fromkeys(State, 0)
