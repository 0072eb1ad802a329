"""The page of configurations, as its callback tells it."""

from __future__ import annotations

import pytest

from db import configruns, configs
from db.tenancy import tenant_session
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, ago, text

BODY = "configs-body.children"


@pytest.fixture
def operator(screen: Screen) -> Seat:
    """Someone of north who may take backups."""
    return Seat(screen.web.browser(screen.web.north, Role.OPERATOR), screen.web.north)


def test_a_tenant_without_any_backup_is_told_how_to_have_them(screen: Screen, operator: Seat) -> None:
    told = text(operator.call(BODY, "config"))
    for word in ("No device has a backup yet", "flotilla config policy --every 1d", "Back all up now", "Take now"):
        assert word in told, word
    assert screen.web.north.devices[0].name in told


def test_a_viewer_sees_who_lacks_a_backup_and_is_offered_nothing(screen: Screen) -> None:
    viewer = Seat(screen.web.browser(screen.web.north, Role.VIEWER), screen.web.north)
    told = text(viewer.call(BODY, "config"))
    assert "Without a backup, or not read whole" in told
    assert "Take now" not in told
    assert "Back all up now" not in told


def test_what_changed_last_and_by_whom_leads_to_the_difference(screen: Screen, north: Seat, south: Seat) -> None:
    for _ in range(2):
        screen.web.configuration(screen.web.north)
    told = text(north.call(BODY, "config"))
    for word in ("Changed last", "eve", "/config?version=2&against=1", "2, what changed", "1, the first"):
        assert word in told, word
    assert "hunter2" not in told
    assert "Changed last" not in text(south.call(BODY, "config"))


def test_a_run_is_told_with_its_progress_and_can_be_stopped(screen: Screen, operator: Seat) -> None:
    web = screen.web
    with tenant_session(web.context.stores, web.north.principal) as session:
        there = [one.device_id for one in configs.standings(session, None, 100)]
        run_id = configruns.begin(session, web.author(web.north), web.north.id, there)
    told = text(operator.call(BODY, "config"))
    assert f"Begins: 0 of {len(there)} devices, 0 failed" in told
    assert f"configruns/{run_id}/stop" in told
    assert "Back all up now" not in told, "one run at a time"
    with tenant_session(web.context.stores, web.north.principal) as session:
        configruns.stop(session, web.author(web.north), configruns.one(session, run_id))
    told = text(operator.call(BODY, "config"))
    assert f"Stopped: {len(there)} of" in told
    assert "Back all up now" in told


def test_the_newest_pushes_are_told(screen: Screen, north: Seat) -> None:
    screen.web.push(screen.web.north)
    told = text(north.call(BODY, "config"))
    assert "Pushed last" in told
    assert "Waits" in told


def test_what_waits_for_a_backup_is_counted(screen: Screen, north: Seat) -> None:
    web = screen.web
    with tenant_session(web.context.stores, web.north.principal) as session:
        assert configs.tally(session).waiting == 0
    device = web.north.devices[1]
    path = f"/api/tenants/{web.north.id}/devices/{device.id}/backups"
    assert web.client(web.key(web.north)).post(path).status_code == 202
    with tenant_session(web.context.stores, web.north.principal) as session:
        assert configs.tally(session).waiting == 1
    assert "Being read or waiting" in text(north.call(BODY, "config"))


def test_charts_mark_where_another_configuration_was_found(screen: Screen, south: Seat) -> None:
    for minutes in (20, 10):
        screen.web.configuration(screen.web.south, at=ago(minutes=minutes))
    told = text(south.call("health-drawn.data", f"device/{screen.web.south.devices[0].id}"))
    assert "Configuration 2 by eve" in told
    assert "Configuration 1" not in told, "the first one is no change"


def test_all_pushes_are_listed_with_their_records_or_those_to_one_device(screen: Screen, north: Seat) -> None:
    push_id = screen.web.push(screen.web.north)
    device, other = screen.web.north.devices[:2]
    told = text(north.call("config-pushes-body.children", "config/pushes"))
    assert f"device/{device.id}/config?steps={push_id}" in told
    none = text(north.call("config-pushes-body.children", f"config/pushes?device={other.id}"))
    assert str(push_id) not in none
    assert f"Device: {other.name}" in none
