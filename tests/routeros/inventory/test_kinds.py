"""Each kind on simulated routers of both major versions, and on rows of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from fleet.inventory import Fact, Stock
from routeros.collector import Collector, Replies
from routeros.inventory import (
    addresses,
    device_mode,
    every,
    firmware,
    identity,
    interfaces,
    neighbours,
    packages,
    resource,
    routerboard,
    routes,
    services,
    users,
)
from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.menus import bgp
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router
from routeros.words import Command
from tests.routeros.simulator.desk import PASSWORD, Desk, Swift

EACH = pytest.mark.parametrize("persona", sorted(PERSONAS))


def asked(desk: Desk, command: Command) -> list[Row] | None:
    """Ask a simulated router; None where it has no such menu."""
    words = [f"=.proplist={','.join(command.properties)}", *(f"={k}={v}" for k, v in command.attributes.items())]
    *rows, _ = desk.ask(command.menu, *words, *command.queries)
    if rows and rows[0][0] == "!trap":
        assert rows[0][1]["message"].startswith("no such command"), rows
        return None
    return [row for word, row in rows if word == "!re"]


def stock(desk: Desk, collector: Collector) -> Stock:
    """Read a kind of a simulated router."""
    reading = collector.read([asked(desk, command) for command in collector.commands])
    assert reading.problems == ()
    assert reading.stock is not None
    return reading.stock


def facts(desk: Desk, collector: Collector) -> dict[str, Mapping[str, Fact]]:
    return {item.key: item.facts for item in stock(desk, collector).items}


def read(collector: Collector, *replies: list[Row] | None) -> dict[str, Mapping[str, Fact]]:
    """Read a kind from rows."""
    told: Replies = replies
    found = collector.read(told).stock
    assert found is not None
    return {item.key: item.facts for item in found.items}


def desk_at(index: int, persona: str) -> Desk:
    return Desk(router=Router(Model(3, index, (persona,)), Swift(), PASSWORD, "admin"))


@EACH
def test_every_simulated_device_is_read_without_a_problem_and_twice_the_same(persona: str) -> None:
    desk = Desk(persona)
    for collector in every().values():
        if collector.kind is not None and collector is not firmware.collector:
            first = stock(desk, collector)
            assert stock(desk, collector) == first
            assert not first.cut
            assert first.items or collector in (routerboard.collector, device_mode.collector)


@EACH
def test_a_device_is_what_its_persona_says(persona: str) -> None:
    desk = Desk(persona)
    model = desk.router.model
    assert facts(desk, identity.collector)[""]["name"] == model.identity
    system = facts(desk, resource.collector)[""]
    assert (system["version"], system["board"]) == (str(model.version), model.persona.board.name)
    assert system["memory_bytes"] == model.persona.board.memory
    board = facts(desk, routerboard.collector)
    if model.persona.board.model is None:
        assert board == {}
    else:
        assert (board[""]["model"], board[""]["serial"]) == (model.persona.board.model, model.serial)
    assert bool(facts(desk, device_mode.collector)) == (model.version.major > 6)
    main = "routeros" if model.version.major > 6 else f"routeros-{model.persona.board.architecture}"
    assert facts(desk, packages.collector)[main]["version"] == str(model.version)


@EACH
def test_ports_addresses_services_and_users_are_listed(persona: str) -> None:
    desk = Desk(persona)
    ports = {row["name"]: row for row in desk.rows("/interface/print")}
    found = facts(desk, interfaces.collector)
    assert set(found) == {name for name, row in ports.items() if row.get("dynamic") != "true"}
    assert all(found[name]["type"] == ports[name]["type"] for name in found)
    assert {str(item["address"]) for item in facts(desk, addresses.collector).values()} == {
        row["address"] for row in desk.rows("/ip/address/print")
    } | {r["address"] for r in asked(desk, Command("/ipv6/address/print")) or [] if r["link-local"] != "true"}
    assert {"api", "api-ssl", "ssh", "winbox"} <= set(facts(desk, services.collector))
    admin = facts(desk, users.collector)["admin"]
    assert admin["group"] == "full"
    assert admin["last_login"]


def test_no_password_is_read_even_where_a_device_tells_one() -> None:
    found = read(users.collector, [{"name": "ann", "group": "read", "password": "hunter2", "disabled": "false"}])
    assert found == {"ann": {"name": "ann", "group": "read", "disabled": False}}


@pytest.mark.parametrize("persona", ["hap_ax2", "hap_ac_lite"])
def test_a_neighbour_is_known_by_where_it_was_heard_and_its_hardware_address(persona: str) -> None:
    desk = Desk(persona)
    rows = desk.rows("/ip/neighbor/print")
    found = facts(desk, neighbours.collector)
    assert set(found) == {f"{row['interface']}|{row['mac-address']}" for row in rows}
    assert {item["identity"] for item in found.values()} == {row["identity"] for row in rows}


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_the_way_out_and_the_own_networks_are_read_and_no_other_route(persona: str) -> None:
    desk = Desk(persona)
    found = list(facts(desk, routes.collector).values())
    nets = {
        row["dst-address"] for row in desk.rows("/ip/route/print") if row.get("connect") and row["active"] == "true"
    }
    assert {item["dst_address"] for item in found} == nets | {"0.0.0.0/0"}
    assert sum(item["dst_address"] == "0.0.0.0/0" for item in found) == 1


def test_a_table_full_of_bgp_gives_no_more_rows() -> None:
    place = next(n for n in range(200) if bgp.speaks(Model(3, n, ("ccr2004",))))
    desk = desk_at(place, "ccr2004")
    assert sum(row.get("bgp") == "true" for row in desk.rows("/ip/route/print")) > 20
    (command,) = routes.collector.commands
    assert len(asked(desk, command) or []) < 10


def test_what_belongs_to_a_clients_session_is_left_out() -> None:
    rows = [{"address": "10.0.0.1/32", "interface": "<pppoe-ann>"}, {"address": "10.0.0.2/24", "interface": "ether1"}]
    assert set(read(addresses.collector, rows, None)) == {"10.0.0.2/24|ether1"}
    ways = [
        {"dst-address": "10.9.0.7/32", "gateway": "<pppoe-ann>"},
        {"dst-address": "0.0.0.0/0", "gateway": "10.0.0.9"},
    ]
    assert set(read(routes.collector, ways)) == {"0.0.0.0/0|10.0.0.9|"}


def test_link_local_addresses_are_left_out() -> None:
    six = [
        {"address": "fe80::1/64", "interface": "e", "link-local": "true"},
        {"address": "2001:db8::1/64", "interface": "e"},
    ]
    assert set(read(addresses.collector, [], six)) == {"2001:db8::1/64|e"}


def test_a_package_that_could_be_loaded_is_not_installed() -> None:
    rows = [{"name": "routeros", "version": "7.18", "available": "false"}, {"name": "iot", "available": "true"}]
    assert set(read(packages.collector, rows)) == {"routeros"}


def test_a_living_connection_is_no_service_and_the_address_has_two_names() -> None:
    rows = [
        {"name": "api", "port": "8728", "available-from": "10.0.0.0/8", "disabled": "false"},
        {"name": "api", "port": "8728", "connection": "true", "remote": "10.0.0.5:5555"},
        {"name": "ssh", "port": "22", "address": "192.0.2.0/24"},
    ]
    found = read(services.collector, rows)
    assert (found["api"]["address"], found["ssh"]["address"]) == ("10.0.0.0/8", "192.0.2.0/24")
    assert set(found) == {"api", "ssh"}


def test_services_of_one_name_are_both_kept() -> None:
    rows = [{"name": "resolver", "port": "53", "proto": "udp"}, {"name": "resolver", "port": "53", "proto": "tcp"}]
    found = read(services.collector, rows)
    assert {key: item["protocol"] for key, item in found.items()} == {"resolver": "tcp", "resolver #2": "udp"}


def test_a_version_can_be_asked_for_without_its_channel() -> None:
    found = read(resource.collector, [{"version": "7.16 (stable)", "cpu-count": "4"}])
    assert found == {"": {"version": "7.16", "channel": "stable", "cpu_count": 4}}
    assert read(resource.collector, [{"version": "6.40"}]) == {"": {"version": "6.40"}}


def test_a_device_tells_of_new_firmware_once_it_has_looked() -> None:
    row = {"channel": "stable", "installed-version": "7.15.2"}
    assert firmware.read([[row]]).stock is None
    assert firmware.read([[{**row, "status": "finding out latest version..."}]]).stock is None
    found = read(firmware.collector, [{**row, "latest-version": "7.15.3", "status": "New version is available"}])
    assert (found[""]["installed_version"], found[""]["latest_version"]) == ("7.15.2", "7.15.3")


@pytest.mark.parametrize("persona", ["hap_ax2", "hap_ac_lite"])
def test_a_device_is_asked_to_look_and_answers_later(persona: str) -> None:
    desk = Desk(persona)
    (look,) = firmware.looking.commands
    rows = asked(desk, look)
    assert rows
    assert firmware.looking.read([rows]).stock is None
    assert firmware.collector.read([asked(desk, firmware.command)]).stock is None
    desk.hands.turn(timedelta(seconds=10))
    assert facts(desk, firmware.collector)[""]["installed_version"] == str(desk.router.model.version)
