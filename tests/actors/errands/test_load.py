"""A binary backup that was loaded puts the device back as it was, and is done once the device was seen to be back."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from actors.errands import backup, binary, load
from db import binaries, sshaccess
from db.operations import Author
from db.sshaccess import SshAccess
from db.tenancy import tenant_session
from fleet.errands import Ending
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.log import Log
from tests.actors.errands.visits import swift
from tests.fixtures.configs import Safe, Scene
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Factory

DEVICE = 1


@pytest.fixture
def scene(database: Database, two_tenants: tuple[Tenant, Tenant], simulator: Factory) -> Scene:
    """Routers on a clock that runs fast; of one of them SSH is allowed."""
    backup.keyring.of.cache_clear()
    clock = swift()
    served = simulator(3, clock=clock)
    scene = Scene.of(database, two_tenants[0], served, Safe(), cast(Any, clock))
    with tenant_session(database.stores, scene.tenant.principal) as session:
        allowed = SshAccess(served.simulation.ssh_port, False, None, None, "anna", clock.now())
        author = Author("anna", clock.now())
        sshaccess.allow(session, author, scene.tenant.id, scene.tenant.devices[DEVICE].id, allowed)
    return scene


def held(scene: Scene) -> str:
    """Write all that the router holds."""
    tables = scene.served.router(DEVICE).tables.values()
    return str([dict(row) for table in tables for row in table])


def test_the_device_is_as_it_was_and_the_file_is_gone(scene: Scene) -> None:
    router = scene.served.router(DEVICE)
    assert asyncio.run(binary.run(scene.visit(DEVICE, {}))) == Ending.done()
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        (kept,) = binaries.listed(session, scene.tenant.devices[DEVICE].id)
    scene.set("/system/note/set", DEVICE, note="changed since")
    assert "changed since" in held(scene)
    identity = router.model.identity
    asked = {"binary": str(kept.id), "identity": identity}
    assert asyncio.run(load.run(scene.visit(DEVICE, asked))) == Ending.done()
    assert "changed since" not in held(scene)
    assert any("rebooted" in entry.message for entry in router.part(Log).entries)
    assert not router.part(Files).has("flotilla-binary.backup")
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        learnt = sshaccess.read(session, scene.tenant.id, scene.tenant.devices[DEVICE].id)
    assert learnt is not None
    assert str(learnt.fingerprint).startswith("SHA256:")
