"""The dashboard on a real database, and people who look at it."""

from __future__ import annotations

from itertools import count

import pytest

from dashboard.app import mount
from tests.dashboard.seats import Screen, Seat, ago
from tests.fixtures.database import Database
from tests.fixtures.web import Web


@pytest.fixture(scope="module")
def screen(shared_database: Database, shared_web: Web) -> Screen:
    """The dashboard for all tests of a module; north's first device is up and was polled ten seconds ago."""
    # What was read is old at once: tests write, and then look.
    mount(shared_web.app, shared_web.context, ticking=count(0, 3600).__next__)
    made = Screen(shared_web, shared_database)
    for tenant in (shared_web.north, shared_web.south):
        made.tell(tenant.devices[0], state="up", since=ago(hours=3), heard_at=ago(seconds=10), identity=tenant.slug)
    return made


@pytest.fixture
def north(screen: Screen) -> Seat:
    """Someone of the tenant north."""
    return Seat(screen.web.browser(screen.web.north), screen.web.north)


@pytest.fixture
def south(screen: Screen) -> Seat:
    """Someone of the tenant south."""
    return Seat(screen.web.browser(screen.web.south), screen.web.south)


@pytest.fixture
def nobody(screen: Screen) -> Seat:
    """Someone who is not signed in, and looks at north's pages."""
    return Seat(screen.web.client(), screen.web.north)
