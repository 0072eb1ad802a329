"""The menus of a router: what they tell, what may be changed, and what is refused with which words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.versions import Version
from routeros.collectors import every
from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.menu import Menu
from routeros.simulator.parts.boot import Boot
from routeros.simulator.tree import every as every_menu
from routeros.simulator.tree import menus
from tests.routeros.simulator.desk import Desk, running

EACH = pytest.mark.parametrize("persona", sorted(PERSONAS))


def printed(desk: Desk) -> dict[str, Menu]:
    """Tell the menus that print something; a few have commands only."""
    return {path: menu for path, menu in menus(desk.router.model).items() if "print" in menu.verbs}


@EACH
def test_every_menu_prints_words_and_ids(persona: str) -> None:
    desk = Desk(persona)
    for path, menu in printed(desk).items():
        rows = desk.rows(f"{path}/print")
        assert all(isinstance(value, str) for row in rows for value in row.values())
        assert all((".id" in row) != menu.single for row in rows)
        assert len({row.get(".id") for row in rows}) == len(rows)
        assert desk.rows(f"{path}/getall") == rows


@EACH
def test_a_proplist_is_honoured_to_the_letter(persona: str) -> None:
    desk = Desk(persona)
    for path in printed(desk):
        full = desk.rows(f"{path}/print")
        for name in {name for row in full for name in row}:
            rows = desk.rows(f"{path}/print", f"=.proplist={name},no-such")
            assert rows == [{name: row[name]} if name in row else {} for row in full], (path, name)


@EACH
def test_every_command_of_the_collectors_is_answered_or_has_no_menu(persona: str) -> None:
    desk = Desk(persona)
    for collector in every().values():
        for command in collector.commands:
            words = [command.menu, f"=.proplist={','.join(command.properties)}", *command.queries]
            answers = desk.ask(*words)
            if answers[0][0] == "!trap":
                assert answers[0][1] == {"category": "0", "message": "no such command prefix"}


@pytest.mark.parametrize(
    ("persona", "menu", "there"),
    [
        ("chr", "/system/routerboard", False),
        ("chr", "/interface/wireless", False),
        ("chr", "/interface/wifi/registration-table", False),
        ("chr", "/system/license", True),
        ("hap_ac_lite", "/interface/wireless/registration-table", True),
        ("hap_ac_lite", "/interface/wifi", False),
        ("hap_ax2", "/interface/wifi/registration-table", True),
        ("hap_ax2", "/interface/wireless", False),
        ("wap_ac", "/interface/wireless", True),
        ("crs326", "/system/routerboard", True),
    ],
)
def test_which_menus_are_there_follows_the_device(persona: str, menu: str, there: bool) -> None:
    desk = Desk(persona)
    if there:
        assert isinstance(desk.rows(f"{menu}/print"), list)
    else:
        assert desk.trap(f"{menu}/print") == {"category": "0", "message": "no such command prefix"}


@pytest.mark.parametrize("command", ["/system/print", "/interface/explode", "/system/resource/set", "/ip/print"])
def test_a_verb_that_is_not_there_is_a_missing_command(command: str) -> None:
    assert Desk().trap(command) == {"category": "0", "message": "no such command"}


@pytest.mark.parametrize("command", ["/nonsense/print", "/interface/wifiwave2/print", "print", "/a", "/system/healt"])
def test_a_menu_that_is_not_there_is_a_missing_prefix(command: str) -> None:
    message = Desk().trap(command)["message"]
    assert message == ("no such command" if command in ("print", "/a", "/system/healt") else "no such command prefix")


def test_health_is_one_row_in_v6_and_a_row_for_each_sensor_in_v7() -> None:
    (old,) = Desk("hap_ac_lite").rows("/system/health/print")
    assert set(old) == {"voltage", "temperature"}
    new = Desk("ccr2004").rows("/system/health/print")
    assert [row["name"] for row in new][-1] == "psu2-state"
    assert (new[-1]["value"], new[-1]["type"]) == ("ok", "")
    assert Desk("chr").rows("/system/health/print") == []


def test_dates_turned_to_iso_at_7_10() -> None:
    assert Desk("hap_ac_lite").rows("/system/clock/print")[0]["date"] == "jan/05/2026"
    assert Desk("hap_ax2").rows("/system/clock/print")[0]["date"] == "2026-01-05"
    assert running("wap_ac", "7.12.1").rows("/system/resource/print")[0]["build-time"] == "Nov/17/2023 11:38:45"


def test_a_packaged_driver_is_a_package_of_its_own_from_7_13() -> None:
    before, after = (running("wap_ac", version) for version in ("7.12.1", "7.16.2"))
    assert [row["name"] for row in before.rows("/system/package/print")] == ["routeros"]
    assert [row["name"] for row in after.rows("/system/package/print")] == ["routeros", "wireless"]


def test_living_connections_are_services_from_7_24() -> None:
    rows = running("chr", "7.24.4").rows("/ip/service/print")
    assert "available-from" in rows[0]
    assert [row["remote"] for row in rows if row.get("connection") == "true"] == ["192.0.2.7:40000"]
    older = running("chr", "7.16.2").rows("/ip/service/print")
    assert "address" in older[0]
    assert not any("connection" in row for row in older)


def test_uptime_and_counters_move_with_the_clock() -> None:
    desk = Desk()
    asked = ("/interface/print", "?name=ether1", "=.proplist=rx-byte,tx-packet")
    (before,) = desk.rows(*asked)
    uptime = desk.rows("/system/resource/print", "=.proplist=uptime")
    desk.clock.advance(timedelta(seconds=10))
    (after,) = desk.rows(*asked)
    assert desk.rows("/system/resource/print", "=.proplist=uptime") != uptime
    assert all(int(after[name]) > int(before[name]) for name in before)


def test_a_disabled_interface_stands_still_and_goes_on_where_it_stood() -> None:
    desk = Desk()
    asked = ("/interface/print", "?name=wifi1", "=.proplist=rx-byte,tx-byte,running,disabled")
    clients = ("/interface/wifi/registration-table/print", "?interface=wifi1")
    assert desk.rows(*clients)
    assert desk.rows("/interface/disable", "=.id=wifi1") == []
    (standing,) = desk.rows(*asked)
    desk.clock.advance(timedelta(hours=1))
    assert desk.rows(*asked) == [standing]
    assert (standing["running"], standing["disabled"]) == ("false", "true")
    assert desk.rows(*clients) == []
    assert desk.rows("/interface/wifi/print", "?name=wifi1", "=.proplist=inactive,disabled") == [
        {"inactive": "true", "disabled": "true"}
    ]
    desk.rows("/interface/wifi/enable", "=numbers=wifi1")
    (again,) = desk.rows(*asked)
    assert (again["rx-byte"], again["running"]) == (standing["rx-byte"], "true")
    desk.clock.advance(timedelta(seconds=10))
    (after,) = desk.rows(*asked)
    assert 0 < int(after["rx-byte"]) - int(again["rx-byte"]) < 10**8


def test_a_boot_starts_the_counters_anew_and_keeps_the_configuration() -> None:
    desk = Desk()
    desk.rows("/system/identity/set", "=name=kept")
    desk.rows("/interface/disable", "=numbers=ether2")
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(seconds=60))
    again = Desk(router=desk.router)
    again.clock.advance(desk.clock.now() - again.clock.now())
    assert again.rows("/system/resource/print", "=.proplist=uptime") == [{"uptime": "1m"}]
    rows = {row["name"]: row for row in again.rows("/interface/print")}
    assert int(rows["ether1"]["rx-byte"]) < 10**9
    assert (rows["ether2"]["rx-byte"], rows["ether2"]["disabled"]) == ("0", "true")
    assert again.rows("/system/identity/print") == [{"name": "kept"}]


def test_names_are_changed_everywhere_and_are_unique() -> None:
    desk = Desk()
    desk.rows("/interface/ethernet/set", "=.id=*2", "=name=to the roof", "=comment=glass fibre")
    assert desk.rows("/interface/print", "?.id=*2", "=.proplist=name,default-name,comment") == [
        {"name": "to the roof", "default-name": "ether2", "comment": "glass fibre"}
    ]
    taken = desk.trap("/interface/set", "=.id=*3", "=name=to the roof")
    assert taken == {"message": "failure: already have interface with such name"}
    desk.rows("/interface/comment", "=numbers=to the roof", "=comment=")
    assert "comment" not in desk.rows("/interface/print", "?.id=*2")[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["/interface/set", "=.id=*FF", "=mtu=1500"], "no such item"),
        (["/interface/set", "=.id=ether1,nope", "=mtu=1400"], "no such item"),
        (["/interface/set", "=mtu=1500"], "missing value for argument numbers"),
        (["/interface/set", "=.id=*1", "=mtu=9"], "value of mtu out of range (68..65535)"),
        (["/interface/set", "=.id=*1", "=disabled=perhaps"], "input does not match any value of disabled"),
        (["/interface/set", "=.id=*1", "=colour=red"], "unknown parameter colour"),
        (["/interface/print", "=colour=red"], "unknown parameter colour"),
        (["/interface/wifi/enable", "=.id=ether1"], "no such item"),
        (["/ip/address/add", "=address=192.0.2.1/24"], "missing value for argument interface"),
        (["/ip/address/add", "=address=192.0.2.1/24", "=interface=x"], "input does not match any value of interface"),
        (["/ip/address/add", "=address=1.2.3", "=interface=bridge"], "invalid value for argument address"),
        (["/interface/monitor-traffic", "=once="], "input does not match any value of interface"),
        (
            ["/interface/monitor-traffic", "=interface=ether1", "=duration=soon"],
            "invalid value for argument duration",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(words: list[str], message: str) -> None:
    desk = Desk()
    before = desk.rows("/interface/print"), desk.rows("/ip/address/print")
    assert desk.trap(*words)["message"] == message
    assert (desk.rows("/interface/print"), desk.rows("/ip/address/print")) == before


def test_addresses_are_added_once_and_removed() -> None:
    desk = Desk("chr")
    add = ("/ip/address/add", "=address=192.0.2.9/28", "=interface=ether2", "=comment=lab")
    ((word, row),) = desk.ask(*add)
    assert (word, row["ret"]) == ("!done", "*5")
    (added,) = desk.rows("/ip/address/print", "?.id=*5")
    assert (added["network"], added["invalid"], added["dynamic"]) == ("192.0.2.0", "false", "false")
    assert desk.trap(*add) == {"message": "failure: already have such address"}
    desk.rows("/ip/address/disable", "=numbers=*5")
    assert desk.rows("/ip/address/print", "?disabled=yes", "=.proplist=.id") == [{".id": "*5"}]
    desk.rows("/ip/address/remove", "=.id=*5")
    assert desk.trap("/ip/address/remove", "=.id=*5") == {"category": "0", "message": "no such item"}
    assert "dynamic" in desk.trap("/ip/address/remove", "=.id=*1")["message"]


def test_an_address_follows_the_name_of_its_interface() -> None:
    desk = Desk()
    desk.rows("/interface/set", "=.id=bridge", "=name=lan")
    assert desk.rows("/ip/address/print", "=.proplist=interface,invalid") == [
        {"interface": "lan", "invalid": "false"}
    ]


def test_get_find_from_and_count_tell_the_same_rows() -> None:
    desk = Desk()
    assert desk.ask("/system/identity/get", "=value-name=name")[0][1]["ret"] == desk.router.model.identity
    assert desk.ask("/interface/get", "=number=bridge", "=value-name=type")[0][1]["ret"] == "bridge"
    assert "name=bridge;" in desk.ask("/interface/get", "=number=bridge")[0][1]["ret"]
    assert desk.trap("/interface/get", "=number=nope")["message"] == "no such item"
    assert desk.ask("/interface/find", "?type=wifi")[0][1]["ret"] == "*6;*7"
    assert desk.ask("/interface/print", "?type=wifi", "=count-only=")[0][1]["ret"] == "2"
    assert [row["name"] for row in desk.rows("/interface/print", "=from=*6,wifi2")] == ["wifi1", "wifi2"]


def test_ethernet_tells_the_state_of_a_link() -> None:
    desk = Desk()
    (linked,) = desk.rows("/interface/ethernet/monitor", "=numbers=ether1", "=once=")
    assert (linked["status"], linked["rate"]) == ("link-ok", "1Gbps")
    desk.rows("/interface/disable", "=numbers=ether1")
    assert desk.rows("/interface/ethernet/monitor", "=numbers=ether1", "=once=")[0]["status"] == "no-link"
    assert Desk("chr").rows("/interface/ethernet/monitor", "=numbers=ether1", "=once=")[0]["rate"] == ""


def test_who_is_in_is_told() -> None:
    desk = Desk()
    Desk(router=desk.router)
    rows = desk.rows("/user/active/print")
    assert [(row["name"], row["address"], row["via"]) for row in rows] == [("admin", "192.0.2.7", "api")] * 2
    desk.session.lost()
    assert len(Desk(router=desk.router).rows("/user/active/print")) == 2


def test_one_router_s_changes_are_not_another_s() -> None:
    first, second = Desk(), Desk()
    first.rows("/interface/set", "=.id=ether1", "=name=changed")
    assert second.rows("/interface/print", "?name=changed") == []


@pytest.mark.parametrize("menu", every_menu(), ids=lambda menu: menu.path)
def test_a_menu_keeps_the_contract(menu: Menu) -> None:
    assert menu.path.startswith("/") or (menu.bare and not menu.path)
    assert not menu.path.endswith("/")
    assert menu.required is None or set(menu.required) <= {*menu.writable, *menu.fields}
    assert any(menu.exists(Model(1, n, (name,))) for name in PERSONAS for n in range(20))
    assert Version(6, 0) < Model(1, 0, ("chr",)).version


def test_bridges_and_their_ports_are_watched() -> None:
    desk = Desk("wap_ac")
    joined = desk.rows("/interface/bridge/port/print")
    (bridge,) = desk.rows("/interface/bridge/monitor", "=numbers=bridge", "=once=")
    assert (bridge["state"], bridge["root-bridge"], bridge["port-count"]) == ("enabled", "true", str(len(joined)))
    first = joined[0]["interface"]
    (port,) = desk.rows("/interface/bridge/port/monitor", f"=numbers={joined[0]['.id']}", "=once=")
    assert (port["interface"], port["status"], port["role"]) == (first, "in-bridge", "designated-port")
    desk.rows("/interface/disable", f"=numbers={first}")
    (port,) = desk.rows("/interface/bridge/port/monitor", f"=numbers={joined[0]['.id']}", "=once=")
    assert (port["status"], port["role"]) == ("inactive", "disabled-port")
    (fewer,) = desk.rows("/interface/bridge/monitor", "=numbers=bridge", "=once=")
    assert int(fewer["designated-port-count"]) == int(bridge["designated-port-count"]) - 1


def test_a_pppoe_client_that_nobody_answers_dials() -> None:
    desk = Desk("ccr2004")
    first = desk.router.model.interfaces[0].name
    desk.rows("/interface/pppoe-client/add", "=name=isp", f"=interface={first}")
    watched = ["/interface/pppoe-client/monitor", "=numbers=isp", "=once="]
    assert desk.rows(*watched)[0]["status"] == "disconnected"
    desk.rows("/interface/pppoe-client/enable", "=numbers=isp")
    assert desk.rows(*watched)[0]["status"] == "dialing..."
