"""What each poller owns, and what nobody does."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from db import assignment, shares
from db.platform import platform_session
from db.shares import Share, Shares
from fleet import partition
from fleet.ownership import Holding, Lease
from fleet.partition import PARTITIONS
from tests.fixtures.database import Database, Tenant

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
OWNER = UUID(int=1)


def test_partitions_are_summed_up_by_their_owners() -> None:
    holdings = [
        Holding(0, 3, "poller-1", OWNER),
        Holding(1, 9, "poller-1", OWNER, wanted="poller-0"),
        Holding(2, 5, "poller-0", OWNER),
        Holding(3, 5, "poller-0", OWNER, released_at=AT),
        Holding(4),
    ]
    assert shares.cut(12, holdings, {1: 10, 2: 7, 3: 2, 4: 1}) == Shares(
        version=12,
        shares=[Share("poller-0", 1, 0, 7, 5, 5), Share("poller-1", 2, 1, 10, 3, 9)],
        unowned=2,
        unowned_devices=3,
    )


def test_the_devices_of_all_tenants_are_counted(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    theirs = {partition.of(device.id) for tenant in two_tenants for device in tenant.devices}
    lease = Lease("poller-0", uuid4())
    with platform_session(database.stores, "a test") as session:
        assert shares.read(session) == Shares(0, [], PARTITIONS, 5)
        epoch = assignment.take(session, lease, dict.fromkeys(theirs, 0), None, AT)
        found = shares.read(session)
    assert found.shares == [Share("poller-0", len(theirs), 0, 5, epoch, epoch)]
    assert (found.unowned, found.unowned_devices, found.version) == (PARTITIONS - len(theirs), 0, epoch)
