"""What gateways, switches and access points tell of their networks, and that it moves with the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.menus import bgp
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router
from tests.routeros.simulator.desk import PASSWORD, Desk, Swift


def desk_of(model: Model) -> Desk:
    clock = Swift()
    desk = Desk(router=Router(model, clock, PASSWORD, "admin"))
    desk.clock = clock
    return desk


def desk_at(index: int, *personas: str) -> Desk:
    return desk_of(Model(3, index, personas))


def speaker() -> Desk:
    """Find a gateway that speaks BGP."""
    return desk_at(next(n for n in range(200) if bgp.speaks(Model(3, n, ("ccr2004",)))), "ccr2004")


def names(rows: list[Row], name: str = "name") -> list[str]:
    return [row[name] for row in rows]


def test_a_gateway_lends_addresses_from_its_pools() -> None:
    desk = Desk("ccr2004")
    assert names(desk.rows("/ip/pool/print")) == names(desk.rows("/ip/dhcp-server/print")) == ["dhcp10", "dhcp20"]
    leases = desk.rows("/ip/dhcp-server/lease/print")
    assert len(leases) > 5
    assert all(row["status"] == "bound" and row["dynamic"] == "true" for row in leases)
    known = set(names(desk.rows("/ip/arp/print"), "address"))
    assert known >= set(names(leases, "address"))
    assert len(desk.rows("/ip/pool/used/print")) == len(leases)
    desk.clock.advance(timedelta(hours=9))
    assert names(desk.rows("/ip/dhcp-server/lease/print"), "address") != names(leases, "address")


def test_a_lease_is_made_static_and_stays() -> None:
    desk = Desk("ccr2004")
    lease = desk.rows("/ip/dhcp-server/lease/print")[0]
    desk.rows("/ip/dhcp-server/lease/make-static", f"=.id={lease['.id']}")
    (row,) = desk.rows("/ip/dhcp-server/lease/print", "?dynamic=no")
    assert (row["address"], row["mac-address"], row["status"]) == (lease["address"], lease["mac-address"], "bound")
    assert desk.trap("/ip/dhcp-server/lease/make-static", "=.id=*FFFF")["message"] == "no such item"
    desk.clock.advance(timedelta(days=3))
    assert len(desk.rows("/ip/dhcp-server/lease/print", "?dynamic=no")) == 1


def test_the_devices_of_a_site_know_each_other() -> None:
    seen = {}
    for index in range(8):
        desk = desk_at(index)
        rows = desk.rows("/ip/neighbor/print")
        seen[desk.router.model.identity] = {row["identity"]: row for row in rows}
    assert all(set(rows) == set(seen) - {own} for own, rows in seen.items())
    gateway, switch, point = (next(name for name in seen if f"-{role}-" in name) for role in ("gw", "sw", "ap"))
    assert seen[gateway][switch].get("discovered-by", "mndp,lldp") == "mndp,lldp"
    assert seen[gateway][point].get("discovered-by", "mndp") == "mndp"
    ports = {row["interface"].split(",")[0] for name, row in seen[switch].items() if name != gateway}
    assert len(ports) == 6
    own = {row["address"].split("/")[0] for row in desk_at(1).rows("/ip/address/print")}
    assert seen[gateway][switch]["address"] in own


def test_a_gateway_has_rules_and_access_points_bridge() -> None:
    gateway, point = Desk("chr"), Desk("hap_ax2")
    assert names(gateway.rows("/ip/firewall/nat/print"), "chain") == ["srcnat", "dstnat"]
    assert gateway.rows("/ip/firewall/filter/print")[0]["dynamic"] == "true"
    assert point.rows("/ip/firewall/filter/print") == []
    assert "ether1" in names(point.rows("/interface/bridge/port/print"), "interface")
    assert "ether1" not in names(gateway.rows("/interface/bridge/port/print"), "interface")


def test_rules_count_until_they_are_reset_or_disabled() -> None:
    desk = Desk("ccr2004")
    asked = ("/ip/firewall/filter/print", "?.id=*7", "=.proplist=bytes,packets")
    (before,) = desk.rows(*asked)
    desk.clock.advance(timedelta(minutes=1))
    (after,) = desk.rows(*asked)
    assert int(after["bytes"]) > int(before["bytes"]) > 0
    desk.rows("/ip/firewall/filter/reset-counters", "=numbers=*7")
    assert desk.rows(*asked) == [{"bytes": "0", "packets": "0"}]
    desk.clock.advance(timedelta(minutes=1))
    assert int(desk.rows(*asked)[0]["bytes"]) > 0
    desk.rows("/ip/firewall/filter/reset-counters-all")
    assert desk.rows("/ip/firewall/filter/print", "?>bytes=0") == []


def test_queues_count_both_ways() -> None:
    desk = Desk("ccr2004")
    (queue,) = desk.rows("/queue/simple/print")
    up, down = map(int, queue["bytes"].split("/"))
    assert (queue["target"], down) == ("172.16.20.0/24", 9 * up)
    desk.rows("/queue/simple/disable", f"=.id={queue['.id']}")
    assert desk.rows("/queue/simple/print")[0]["bytes"] == "0/0"


def test_routes_follow_addresses_and_links() -> None:
    desk = Desk("ccr2004")
    connected = desk.rows("/ip/route/print", "?connect=true", "?active=true")
    assert {row["gateway"] for row in connected} >= {"bridge", "vlan10", "vlan20"}
    ((_, row),) = desk.ask("/ip/route/add", "=dst-address=10.77.0.0/16", "=gateway=172.16.10.9")
    asked = ("/ip/route/print", f"?.id={row['ret']}", "=.proplist=active,static,inactive,scope")
    assert desk.rows(*asked) == [{"active": "true", "static": "true", "scope": "30"}]
    desk.rows("/interface/disable", "=.id=vlan10")
    assert desk.rows(*asked) == [{"active": "false", "static": "true", "scope": "30", "inactive": "true"}]
    assert desk.trap("/ip/route/remove", "=.id=*10000")["message"] == "no such item"


def test_an_access_point_goes_through_its_site_s_gateway() -> None:
    for persona in ("hap_ax2", "hap_ac_lite"):
        rows = Desk(persona).rows("/ip/route/print", "?dst-address=0.0.0.0/0")
        assert [row["active"] for row in rows] == ["true"]


def test_bgp_sessions_tell_how_many_routes_they_carry() -> None:
    desk = speaker()
    up = desk.rows("/routing/bgp/session/print", "?established=true")
    assert up
    assert all(int(row["prefix-count"]) > 500 for row in up)
    before = up[0]["uptime"]
    desk.clock.advance(timedelta(seconds=60))
    assert desk.rows("/routing/bgp/session/print", "?established=true")[0]["uptime"] != before
    desk.rows("/routing/bgp/connection/disable", "=numbers=provider-1,provider-2")
    assert desk.rows("/routing/bgp/session/print") == []
    assert desk.rows("/routing/ospf/neighbor/print")[0]["state"] == "Full"


def test_who_dials_in_is_told() -> None:
    gateways = [desk_at(n, "ccr2004") for n in range(12)]
    secrets = [desk.rows("/ppp/secret/print") for desk in gateways]
    assert {len(rows) for rows in secrets} == {0, 3}
    active = [row for desk in gateways for row in desk.rows("/ppp/active/print")]
    assert active
    assert {row["name"] for row in active} <= {row["name"] for rows in secrets for row in rows}


def test_connections_are_more_by_day_and_are_counted_alike() -> None:
    desk = Desk("chr")
    counts = []
    for _ in range(8):
        (tracking,) = desk.rows("/ip/firewall/connection/tracking/print")
        listed = desk.ask("/ip/firewall/connection/print", "=count-only=")[0][1]["ret"]
        assert tracking["total-entries"] == listed
        counts.append(int(listed))
        desk.clock.advance(timedelta(hours=3))
    assert max(counts) > 1.3 * min(counts)


def test_an_address_in_a_list_runs_out() -> None:
    desk = Desk("hap_ax2")
    desk.ask("/ip/firewall/address-list/add", "=list=bad", "=address=203.0.113.9", "=timeout=10m")
    (row,) = desk.rows("/ip/firewall/address-list/print")
    assert (row["dynamic"], row["timeout"]) == ("true", "10m")
    desk.hands.turn(timedelta(minutes=9))
    assert len(desk.rows("/ip/firewall/address-list/print")) == 1
    desk.hands.turn(timedelta(minutes=2))
    assert desk.rows("/ip/firewall/address-list/print") == []


def test_the_cache_fills_and_is_flushed() -> None:
    desk = Desk("ccr2004")
    assert len(desk.rows("/ip/dns/cache/print")) > 50
    desk.rows("/ip/dns/cache/flush")
    assert [row["static"] for row in desk.rows("/ip/dns/cache/print")] == ["true"]


def test_power_goes_where_something_is_plugged_in() -> None:
    desk = Desk("crs328")
    rows = desk.rows("/interface/ethernet/poe/print")
    assert len(rows) == 24
    states = desk.rows("/interface/ethernet/poe/monitor", f"=numbers={','.join(names(rows))}", "=once=")
    powered = [row for row in states if row["poe-out-status"] == "powered-on"]
    assert 0 < len(powered) < 24
    assert all(2 < float(row["poe-out-power"]) < 12 for row in powered)
    desk.rows("/interface/ethernet/poe/set", f"=.id={powered[0]['name']}", "=poe-out=off")
    (off,) = desk.rows("/interface/ethernet/poe/monitor", f"=.id={powered[0]['name']}", "=once=")
    assert off["poe-out-status"] == "disabled"
    assert Desk("crs326").trap("/interface/ethernet/poe/print")["message"] == "no such command prefix"


@pytest.mark.parametrize(
    ("persona", "version", "menu", "there"),
    [
        ("hap_ac_lite", "6.49.18", "/routing/bgp/peer", True),
        ("hap_ac_lite", "6.49.18", "/routing/bgp/connection", False),
        ("hap_ac_lite", "6.49.18", "/interface/wireguard", False),
        ("hap_ac_lite", "6.49.18", "/caps-man/registration-table", True),
        ("chr", "7.16.2", "/routing/bgp/connection", True),
        ("chr", "7.16.2", "/routing/bgp/instance", False),
        ("chr", "7.20.6", "/routing/bgp/instance", True),
        ("chr", "7.16.2", "/caps-man/registration-table", False),
        ("chr", "7.16.2", "/interface/wireless/security-profiles", False),
        ("hap_ax2", "7.16.2", "/interface/wifi/security", True),
        ("hap_ax2", "7.16.2", "/interface/wifiwave2", False),
    ],
)
def test_menus_come_with_versions_and_packages(persona: str, version: str, menu: str, there: bool) -> None:
    model = next(m for m in (Model(1, n, (persona,)) for n in range(200)) if str(m.version) == version)
    desk = desk_of(model)
    if there:
        assert desk.ask(f"{menu}/print")[-1][0] == "!done"
        assert "message" not in desk.ask(f"{menu}/print")[0][1]
    else:
        assert desk.trap(f"{menu}/print")["message"].startswith("no such command")


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_what_a_new_device_refers_to_is_there(persona: str) -> None:
    desk = Desk(persona)
    for menu in ("/interface/bridge/port", "/ip/dhcp-server", "/ip/firewall/filter", "/queue/simple", "/ip/address"):
        assert not desk.rows(f"{menu}/print", "?invalid=true"), menu


def test_radios_tell_how_they_are() -> None:
    for persona, menu, count in (
        ("hap_ax2", "/interface/wifi", "registered-peers"),
        ("hap_ac_lite", "/interface/wireless", "registered-clients"),
    ):
        desk = Desk(persona)
        radios = names(desk.rows(f"{menu}/print"))
        for name in radios:
            (state,) = desk.rows(f"{menu}/monitor", f"=numbers={name}", "=once=")
            (done,) = desk.ask(f"{menu}/registration-table/print", f"?interface={name}", "=count-only=")
            assert state[count] == done[1]["ret"]
        desk.rows("/interface/disable", f"=numbers={radios[0]}")
        (off,) = desk.rows(f"{menu}/monitor", f"=numbers={radios[0]}", "=once=")
        assert "disabled" in off.values()


def test_an_interface_counts_from_nothing_again() -> None:
    desk = Desk("hap_ax2")
    asked = ("/interface/print", "?name=ether1", "=.proplist=rx-byte,tx-packet")
    assert int(desk.rows(*asked)[0]["rx-byte"]) > 0
    desk.rows("/interface/reset-counters", "=numbers=ether1,ether2")
    assert desk.rows(*asked) == [{"rx-byte": "0", "tx-packet": "0"}]
    desk.clock.advance(timedelta(seconds=30))
    assert int(desk.rows(*asked)[0]["rx-byte"]) > 0


@pytest.mark.parametrize(("fleet", "near"), [(0, 7), (1, 0), (3, 2), (10, 7)])
def test_only_devices_of_the_fleet_are_near(fleet: int, near: int) -> None:
    desk = desk_of(Model(3, 0, ("ccr2004", "crs326", "wap_ac"), fleet=fleet))
    assert len(desk.rows("/ip/neighbor/print")) == near
    again = desk_of(desk.router.model.restarted(0.0))
    assert len(again.rows("/ip/neighbor/print")) == near
    assert again.rows("/ip/arp/print")


def concentrator() -> Desk:
    return desk_at(0, "ccr1036")


def test_subscribers_dial_in_and_bring_their_queues() -> None:
    desk = concentrator()
    inside = [row for row in desk.rows("/ppp/active/print") if row["service"] == "pppoe"]
    queues = [row for row in desk.rows("/queue/simple/print") if row["dynamic"] == "true"]
    assert len(inside) > 30
    assert names(queues) == [f"<pppoe-{name}>" for name in names(inside)]
    assert {row["radius"] for row in inside} == {"true"}
    before = {row["name"]: row for row in queues}
    desk.clock.advance(timedelta(minutes=1))
    for row in desk.rows("/queue/simple/print"):
        if row["name"] in before and row["dynamic"] == "true":
            down, was = (int(one["bytes"].split("/")[1]) for one in (row, before[row["name"]]))
            assert down > was
    desk.clock.advance(timedelta(hours=9))
    assert names(desk.rows("/ppp/active/print")) != names(inside)


def test_peers_of_version_6_are_established_and_can_be_switched_off() -> None:
    desk = concentrator()
    assert [row["state"] for row in desk.rows("/routing/bgp/peer/print")] == ["established"] * 2
    assert desk.rows("/routing/ospf/neighbor/print")[0]["state"] == "Full"
    desk.rows("/routing/bgp/peer/disable", "=numbers=provider-1")
    off, on = desk.rows("/routing/bgp/peer/print")
    assert (off["established"], on["established"]) == ("false", "true")
    desk.ask("/routing/bgp/peer/add", "=name=new", "=remote-address=192.0.2.9", "=remote-as=65099")
    assert desk.rows("/routing/bgp/peer/print")[-1]["state"] == "connect"


def test_a_manager_knows_the_radios_of_others_and_their_clients() -> None:
    desk = concentrator()
    radios = desk.rows("/caps-man/interface/print")
    assert (
        names(radios) == ["cap1", "cap2"] == [r["name"] for r in desk.rows("/interface/print") if r["type"] == "cap"]
    )
    desk.clock.advance(timedelta(hours=5))
    radios = desk.rows("/caps-man/interface/print")
    clients = desk.rows("/caps-man/registration-table/print")
    assert clients
    for radio in radios:
        assert radio["current-registered-clients"] == str(names(clients, "interface").count(radio["name"]))
    assert desk.rows("/interface/wireless/registration-table/print") == desk.rows("/interface/wireless/print") == []


def test_the_newer_driver_had_another_name_before_7_13() -> None:
    desk = desk_at(0, "hap_ax3")
    (name, _) = names(desk.rows("/interface/wifiwave2/print"))
    (state,) = desk.rows("/interface/wifiwave2/monitor", f"=numbers={name}", "=once=", "=.proplist=channel,tx-power")
    assert set(state) == {"channel", "tx-power"}
    assert desk.trap("/interface/wifi/print")["message"] == "no such command prefix"
    desk.rows("/interface/wifiwave2/set", f"=.id={name}", "=configuration.ssid=new")
    assert desk.rows("/interface/wifiwave2/print", f"?name={name}")[0]["configuration.ssid"] == "new"
