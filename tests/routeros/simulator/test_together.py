"""What the parts of a router do to one another: restarts, faults, backups and upgrades amid everything else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.faults import SORTS, Fault, Kind
from routeros.simulator.parts import mishaps, ports
from routeros.simulator.parts.backups import restore, snapshot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.services import Welcome, welcome
from routeros.simulator.tree import menus
from tests.routeros.simulator.desk import Desk, running
from tests.routeros.simulator.parts.test_boot import LONG, later
from tests.routeros.simulator.parts.test_packages import restarted, upload

LIST = "/ip/firewall/address-list"


def strike(desk: Desk, kind: Kind, **options: str | float) -> None:
    mishaps.strike(desk.router, Fault(kind, options))


def everything(desk: Desk) -> None:
    """Print every menu; each must answer."""
    for path, menu in menus(desk.router.model).items():
        if not menu.bare:
            desk.ask(f"{path}/print")
            assert desk.paper.said[-1][0] == "!done", path


def names(desk: Desk) -> list[str]:
    return [row["name"] for row in desk.rows("/interface/print", "=.proplist=name")]


@pytest.mark.parametrize("persona", ["hap_ac_lite", "crs328", "hap_ax2", "ccr2004", "chr"])
def test_every_menu_answers_whatever_befalls_the_interfaces(persona: str) -> None:
    desk = Desk(persona)
    everything(desk)
    before = names(desk)
    for name in before:
        strike(desk, Kind.LINK_FLAP, interface=name, seconds=1.0)
        strike(desk, Kind.REAPPEAR, interface=name)
    everything(desk)
    desk.hands.turn(timedelta(seconds=2))
    everything(desk)
    assert names(desk) == before
    if "/interface/ethernet/poe" in menus(desk.router.model):
        assert desk.rows("/interface/ethernet/poe/monitor", f"=numbers={desk.router.model.persona.poe[0]}", "=once=")


@pytest.mark.parametrize("kind", [kind for kind, sort in SORTS.items() if sort.passing])
def test_every_menu_answers_after_a_mishap(kind: Kind) -> None:
    desk = Desk("hap_ac_lite")
    everything(desk)
    strike(desk, kind)
    desk.hands.turn(LONG)
    everything(later(desk))


@pytest.mark.parametrize(
    ("persona", "versions"),
    [("hap_ac_lite", ("6.49.22", "7.12.1", "7.16.2")), ("ccr2004", ("7.21.4", "7.24.4", "7.16.2"))],
)
def test_every_menu_answers_on_the_way_through_the_versions(persona: str, versions: tuple[str, ...]) -> None:
    desk = Desk(persona)
    everything(desk)
    for version in versions:
        upload(desk, "routeros", version)
        desk.ask("/system/package/downgrade")
        desk.hands.turn(LONG)
        desk = later(desk)
        assert str(desk.router.model.version) == version
        everything(desk)


def test_undoing_passes_over_an_interface_that_is_another_one_by_now() -> None:
    desk = running("hap_ax2", "7.20.6")
    before = names(desk)
    desk.rows("/safe-mode/take")
    desk.rows("/interface/set", "=numbers=bridge", "=comment=mine")
    strike(desk, Kind.REAPPEAR, interface="bridge")
    desk.rows("/ip/address/add", "=address=10.9.0.1/24", "=interface=bridge")
    desk.rows("/safe-mode/unroll")
    assert names(desk) == before
    assert not desk.rows("/ip/address/print", "?address=10.9.0.1/24")


def test_undoing_what_went_by_itself_leaves_nothing_to_redo() -> None:
    desk = Desk()
    desk.rows("/interface/set", "=numbers=bridge", "=comment=mine")
    strike(desk, Kind.REAPPEAR, interface="bridge")
    desk.rows("/undo")
    assert desk.rows("/system/history/print") == []
    assert desk.trap("/redo")["message"] == "failure: nothing to redo"


def test_a_new_interface_after_a_backup_is_not_taken_for_one_that_came_again() -> None:
    desk = Desk()
    strike(desk, Kind.REAPPEAR, interface="bridge")
    restore(desk.router, snapshot(desk.router)["tables"])
    for number in range(3):
        desk.rows("/interface/vlan/add", f"=name=v{number}", f"=vlan-id={100 + number}", "=interface=bridge")
    added = [row for row in desk.router.table(ports.STORE, ports.stored) if row["name"].startswith("v")]
    assert [ports.is_known(desk.router, row) for row in added] == [False] * 3


def test_a_step_of_the_clock_while_the_router_is_down_runs_nothing() -> None:
    desk = running("hap_ax2", "7.20.6")
    desk.rows("/system/scheduler/add", "=name=a", "=interval=5s", "=on-event=/system identity set name=ran")
    strike(desk, Kind.STAYS_DOWN)
    strike(desk, Kind.REBOOT)
    strike(desk, Kind.CLOCK_1970)
    mishaps.lift(desk.router, Kind.CLOCK_1970)
    desk.hands.turn(LONG)
    (row,) = desk.router.table("/system/identity", lambda model: [{"name": model.identity}])
    assert row["name"] == desk.router.model.identity


def test_pulling_the_plug_confirms_an_update_of_the_device_mode() -> None:
    desk = running("hap_ax2", "7.20.6")
    desk.rows("/system/device-mode/update", "=mode=home", "=once=")
    strike(desk, Kind.POWER_LOSS)
    desk.hands.turn(LONG)
    assert later(desk).rows("/system/device-mode/print", "=.proplist=mode") == [{"mode": "home"}]


def test_an_order_of_reboot_confirms_nothing() -> None:
    desk = running("hap_ax2", "7.20.6")
    desk.rows("/system/device-mode/update", "=mode=home", "=once=")
    assert desk.router.part(DeviceMode).waiting is not None
    again = restarted(desk)
    assert again.rows("/system/device-mode/print", "=.proplist=mode") == [{"mode": "advanced"}]


def test_a_version_that_the_device_mode_does_not_allow_is_not_installed() -> None:
    desk = running("hap_ax2", "7.20.6")
    upload(desk, "routeros", "7.12.1")
    assert desk.trap("/system/package/downgrade") == {"message": "failure: not allowed by device-mode"}
    desk.router.part(DeviceMode).said["install-any-version"] = True
    desk.ask("/system/package/downgrade")
    desk.hands.turn(LONG)
    assert str(desk.router.model.version) == "7.12.1"


def test_addresses_of_a_service_stay_when_an_upgrade_renames_them() -> None:
    desk = running("hap_ax2", "7.20.6")
    desk.rows("/ip/service/set", "=numbers=api", "=address=192.0.2.0/24")
    upload(desk, "routeros", "7.24.4")
    upload(desk, "wifi-qcom", "7.24.4")
    again = restarted(desk)
    (row,) = again.rows("/ip/service/print", "?name=api", "?-connection", "?#&")
    assert (row["available-from"], "address" in row) == ("192.0.2.0/24", False)
    assert welcome(desk.router, "api", "198.51.100.7") is Welcome.REFUSED
    assert welcome(desk.router, "api", "192.0.2.7") is Welcome.TAKEN


def test_an_entry_of_a_list_lapses_alone_and_does_not_outlive_a_restart() -> None:
    desk = Desk()
    add = (f"{LIST}/add", "=list=bad", "=address=10.0.0.1")
    desk.rows(*add, "=timeout=10s")
    desk.rows(f"{LIST}/add", "=list=bad", "=address=10.0.0.2")
    desk.hands.turn(timedelta(seconds=5))
    desk.rows(f"{LIST}/remove", f"=.id={desk.rows(f'{LIST}/print', '?address=10.0.0.1')[0]['.id']}")
    desk.rows(*add, "=timeout=1h")
    desk.hands.turn(timedelta(seconds=6))
    assert len(desk.rows(f"{LIST}/print")) == 2
    again = restarted(desk)
    assert [row["address"] for row in again.rows(f"{LIST}/print")] == ["10.0.0.2"]
