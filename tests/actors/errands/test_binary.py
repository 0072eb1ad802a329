"""A binary backup is sealed with a password of its own, leaves nothing on the device, and loads there again alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from actors.errand import Visit
from actors.errands import backup, binary, load
from db import backups, binaries
from db.binaries import Binary, Kept
from db.tenancy import tenant_session
from fleet import control
from fleet.clock import FakeClock
from fleet.errands import ErrandState
from fleet.errors import NotFound, Unavailable
from routeros.restore import Unfit
from routeros.simulator.parts.backups import SEALED
from routeros.simulator.parts.files import Files
from tests.fixtures.configs import Safe, Scene
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Factory


@pytest.fixture
def scene(database: Database, two_tenants: tuple[Tenant, Tenant], simulator: Factory) -> Scene:
    backup.keyring.of.cache_clear()
    return Scene.of(database, two_tenants[0], simulator(3), Safe(), FakeClock())


def take(scene: Scene, device: int = 1) -> ErrandState:
    return asyncio.run(binary.run(scene.visit(device, {}))).state


def kept(scene: Scene, device: int = 1) -> Sequence[Kept]:
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        return binaries.listed(session, scene.tenant.devices[device].id)


def opened(scene: Scene, binary_id: UUID, tenant: Tenant | None = None) -> Binary:
    with backups.writing(scene.database.stores) as session:
        ring = backup.keyring.of(scene.visit(1, {}).means.vault)
        return binaries.opened(session, ring, (tenant or scene.tenant).id, binary_id)[1]


def loading(scene: Scene, binary_id: UUID, device: int = 1) -> Visit:
    return scene.visit(device, {"binary": str(binary_id), "identity": scene.served.router(device).model.identity})


@pytest.mark.parametrize("device", range(3))
def test_what_the_device_wrote_is_stored_byte_for_byte_and_gone_from_it(scene: Scene, device: int) -> None:
    assert take(scene, device) is ErrandState.DONE
    (one,) = kept(scene, device)
    found = opened(scene, one.id)
    assert found.data.startswith(SEALED)
    assert (one.size, one.asked_by) == (len(found.data), "anna")
    assert len(found.password) >= 32
    assert one.origin.ros_version.startswith(str(scene.served.router(device).model.version))
    assert not scene.served.router(device).part(Files).has("flotilla-binary.backup")


def test_five_are_kept_and_another_tenant_opens_none(scene: Scene, two_tenants: tuple[Tenant, Tenant]) -> None:
    for _ in range(binaries.KEPT + 1):
        assert take(scene) is ErrandState.DONE
        scene.clock.advance(control.PROMPT)
    found = kept(scene)
    assert len(found) == binaries.KEPT
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    with pytest.raises(NotFound):
        opened(scene, found[0].id, two_tenants[1])


def test_without_the_keys_nothing_is_asked_of_the_device(scene: Scene) -> None:
    scene.safe.away = True
    with pytest.raises(Unavailable):
        take(scene)
    assert kept(scene) == []


def test_another_device_loads_it_not(scene: Scene) -> None:
    take(scene, 1)
    (one,) = kept(scene, 1)
    with pytest.raises(Unfit):
        asyncio.run(load.run(loading(scene, one.id, 0)))


def test_without_ssh_it_cannot_be_brought(scene: Scene) -> None:
    take(scene)
    ending = asyncio.run(load.run(loading(scene, kept(scene)[0].id)))
    assert (ending.state, "SSH" in str(ending.error)) == (ErrandState.FAILED, True)


def test_one_that_is_gone_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFound):
        asyncio.run(load.run(loading(scene, uuid4())))
