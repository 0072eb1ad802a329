"""How many streams a process takes, and of them one tenant."""

from __future__ import annotations

from uuid import UUID

import pytest

from api.streams.admission import Full, Places
from fleet.identity import TenantId

NORTH, SOUTH = TenantId(UUID(int=1)), TenantId(UUID(int=2))


def test_a_tenant_leaves_a_quarter_to_others() -> None:
    places = Places(8)
    for _ in range(6):
        places.take(NORTH)
    with pytest.raises(Full):
        places.take(NORTH)
    places.take(SOUTH)
    places.take(SOUTH)
    with pytest.raises(Full):
        places.take(SOUTH)
    places.give(NORTH)
    places.take(SOUTH)
    assert places.taken == 8


def test_the_only_place_is_whose_comes_first() -> None:
    places = Places(1)
    places.take(NORTH)
    with pytest.raises(Full):
        places.take(SOUTH)
    places.give(NORTH)
    places.take(SOUTH)
