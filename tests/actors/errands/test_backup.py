"""Backups of simulated routers as their owner takes them, in the real store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db import configs
from db.configs import Reading, Version
from db.keyring import Keyring
from db.tenancy import tenant_session
from fleet.backups import Finding
from fleet.clock import FakeClock
from fleet.errands import ErrandState
from fleet.errors import Unavailable
from routeros.backup import NoRights
from routeros.errors import GONE
from routeros.simulator import exporting
from routeros.simulator.parts.files import Files
from tests.fixtures.configs import Safe, Scene
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Factory

HOUR = timedelta(hours=1)
V7 = 1


@pytest.fixture
def scene(database: Database, two_tenants: tuple[Tenant, Tenant], simulator: Factory) -> Scene:
    return Scene.of(database, two_tenants[0], simulator(3), Safe(), FakeClock())


def versions(scene: Scene, device: int = V7) -> list[Version]:
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        return configs.page(session, scene.tenant.devices[device].id, None, 100)


def readings(scene: Scene, device: int = V7) -> list[Reading]:
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        return configs.read(session, scene.tenant.devices[device].id, None, 100)


def test_an_idle_router_of_any_version_has_one_version(scene: Scene) -> None:
    for _ in range(4):
        for device in range(3):
            assert scene.take(device).state is ErrandState.DONE
        scene.clock.advance(HOUR)
    assert [len(versions(scene, device)) for device in range(3)] == [1, 1, 1]
    assert [one.finding for one in readings(scene)] == [Finding.SAME] * 3 + [Finding.NEW]
    assert [event.number for event in scene.changed()] == [1, 1, 1]


def test_a_change_makes_a_version_and_tells_who_it_was(scene: Scene) -> None:
    scene.take(V7)
    scene.set("/system/identity/set", V7, name="renamed")
    scene.clock.advance(HOUR)
    assert scene.take(V7, reason="change").state is ErrandState.DONE
    newest, _ = versions(scene)
    assert (newest.number, newest.reason.value, newest.asked_by) == (2, "change", "anna")
    assert [one["by"] for one in newest.history] == [scene.tenant.devices[V7].username]
    event = scene.changed()[-1]
    assert (event.number, event.version_id, event.by) == (2, newest.id, (scene.tenant.devices[V7].username,))


def test_a_menu_that_hangs_makes_no_version(scene: Scene) -> None:
    scene.take(V7)
    scene.clock.advance(HOUR)
    scene.served.fault(V7, "stuck-export", menu="/interface/bridge")
    ending = scene.take(V7)
    assert ending.state is ErrandState.FAILED
    assert "could not export /interface/bridge" in str(ending.error)
    assert len(versions(scene)) == 1
    assert readings(scene)[0].finding is Finding.INCOMPLETE
    scene.served.fault(V7, "none")
    assert scene.take(V7).state is ErrandState.DONE
    assert len(versions(scene)) == 1


@pytest.mark.parametrize("done", [False, True], ids=["nobody did anything", "somebody did something"])
def test_an_end_that_is_missing_is_believed_where_somebody_did_something(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    scene.take(V7)
    if done:
        scene.set("/system/identity/set", V7, name="renamed")
    whole = exporting.export

    def cut(*given: Any) -> str:
        text = whole(*given)
        return text[: text.rindex("\n/") + 1]

    monkeypatch.setattr(exporting, "export", cut)
    ending = scene.take(V7)
    assert ending.state is (ErrandState.DONE if done else ErrandState.FAILED)
    assert len(versions(scene)) == 1 + done


def test_while_openbao_is_away_the_device_is_not_asked_and_the_errand_waits(scene: Scene) -> None:
    scene.safe.away = True
    with pytest.raises(Unavailable):
        scene.take(V7)
    scene.safe.away = False
    assert versions(scene) == []
    assert scene.served.router(V7).part(Files).names() == ["skins"]
    assert scene.take(V7).state is ErrandState.DONE


def test_a_router_that_is_gone_leaves_the_errand_waiting_and_no_word(scene: Scene) -> None:
    scene.served.fault(V7, "down")
    with pytest.raises(GONE):
        scene.take(V7)
    assert readings(scene) == []


def test_who_may_not_write_an_export_is_told_and_it_is_kept(scene: Scene) -> None:
    scene.served.fault(V7, "trap", menu="/export", message="not enough permissions (9)")
    with pytest.raises(NoRights):
        scene.take(V7)
    assert [(one.finding, one.code) for one in readings(scene)] == [(Finding.FAILED, "no_rights")]


def test_nothing_is_sent_once_the_device_is_anothers(scene: Scene) -> None:
    scene.mine = False
    with pytest.raises(Unavailable, match="owner changes"):
        scene.take(V7)
    assert scene.served.router(V7).part(Files).names() == ["skins"]


def test_a_text_is_byte_for_byte_what_the_device_wrote(scene: Scene) -> None:
    scene.take(V7)
    (only,) = versions(scene)
    with tenant_session(scene.database.stores, scene.tenant.principal) as session:
        text = configs.text(session, Keyring(scene.safe), only)
    exported = exporting.export(scene.served.router(V7), exporting.Style(sensitive=True))
    assert text.decode().split("\r\n")[1:] == exported.split("\n")[1:]
