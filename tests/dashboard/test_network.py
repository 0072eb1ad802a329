"""The network as neighbours tell it: pure."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from dashboard import netplan, network
from dashboard.network import Network
from dashboard.roster import Entry
from dashboard.theme import DARK
from db.neighbours import Heard, Surroundings, WayOut
from fleet.device import State
from fleet.identity import DeviceId
from tests.dashboard.test_feed import ROW

GATEWAY, SWITCH, FIRST, SECOND, FAR = (DeviceId(UUID(int=n)) for n in range(1, 6))
NAMES = {GATEWAY: "gw", SWITCH: "sw", FIRST: "ap1", SECOND: "ap2", FAR: "far"}


def entries(**states: State) -> list[Entry]:
    return [
        Entry(replace(ROW, id=key, name=name, identity=f"id-{name}", state=state), state, None, "")
        for key, name in NAMES.items()
        for state in [states.get(name, State.UP)]
    ]


def hears(one: DeviceId, other: DeviceId | None, by: str = "mndp,lldp", identity: str = "", mac: str = "") -> Heard:
    return Heard(one, other, "ether1,bridge", mac, identity, "", "MikroTik", "", "7.16", "bridge/sfp1", by)


SITE = (
    hears(GATEWAY, SWITCH),
    hears(SWITCH, FIRST),
    hears(SWITCH, SECOND),
    hears(FIRST, SECOND, "mndp"),
    hears(GATEWAY, FIRST, "mndp"),
)
OUT = (
    WayOut(GATEWAY, "100.64.0.1", frozenset()),
    WayOut(SWITCH, "10.0.0.1", frozenset({GATEWAY})),
    WayOut(FIRST, "10.0.0.1", frozenset({GATEWAY})),
)


def of(*heard: Heard, **states: State) -> Network:
    return network.of(entries(**states), Surroundings(heard, OUT, True))


def names(found: Network, keys: frozenset[str]) -> set[str]:
    return {found.nodes[key].name for key in keys}


def test_what_a_cable_explains_is_no_link_of_its_own() -> None:
    found = of(*SITE)
    assert {(found.nodes[link.one].name, found.nodes[link.other].name) for link in found.links} == {
        ("gw", "sw"),
        ("sw", "ap1"),
        ("sw", "ap2"),
    }


def test_what_mndp_alone_knows_is_a_link_where_there_is_no_other() -> None:
    (link,) = of(hears(GATEWAY, FAR, "mndp")).links
    assert not link.wired
    assert link.ports == ("ether1", "sfp1")


def test_the_way_out_is_whose_default_route_leads_elsewhere() -> None:
    (part,) = of(*SITE).parts
    assert (part.roots, part.known) == ((str(GATEWAY),), True)
    assert part.parent[str(FIRST)] == str(SWITCH)


def test_without_a_default_route_the_best_joined_stands_for_the_way_out() -> None:
    found = network.of(entries(), Surroundings(SITE, (), True))
    assert found.parts[0].roots == (str(SWITCH),)
    assert not found.parts[0].known


def test_what_hangs_on_a_device_has_no_other_way_out() -> None:
    found = of(*SITE)
    assert names(found, found.blast(str(SWITCH))) == {"ap1", "ap2"}
    assert names(found, found.blast(str(GATEWAY))) == {"sw", "ap1", "ap2"}
    assert found.blast(str(FIRST)) == found.blast("nobody") == frozenset()


def test_a_ring_leaves_nothing_hanging_on_its_members() -> None:
    found = of(hears(GATEWAY, SWITCH), hears(SWITCH, FIRST), hears(FIRST, GATEWAY), hears(FIRST, SECOND))
    assert found.blast(str(SWITCH)) == frozenset()
    assert names(found, found.blast(str(FIRST))) == {"ap2"}


def test_what_is_counted_is_what_is_found() -> None:
    rings = (
        hears(GATEWAY, SWITCH),
        hears(SWITCH, FIRST),
        hears(FIRST, GATEWAY),
        hears(FIRST, SECOND),
        hears(SECOND, FAR),
    )
    for heard in (SITE, rings, (*SITE, hears(FIRST, FAR))):
        found = of(*heard)
        for part in found.parts:
            assert {key: len(found.blast(key)) for key in part.nodes} == dict(part.hanging)


def test_who_does_not_answer_is_behind_the_first_that_does_not() -> None:
    down = {"gw": State.DOWN, "sw": State.STALE, "ap1": State.DOWN}
    found = of(*SITE, **down)
    assert found.behind(found.parts[0]) == {str(SWITCH): str(GATEWAY), str(FIRST): str(GATEWAY)}


def test_a_neighbour_is_known_by_an_identity_that_one_device_has() -> None:
    found = of(hears(GATEWAY, None, identity="id-sw"))
    assert str(SWITCH) in found.beside[str(GATEWAY)]


def test_a_neighbour_that_is_nobodys_is_unmanaged_and_one_for_all_who_hear_it() -> None:
    found = of(hears(GATEWAY, None, identity="isp", mac="AA"), hears(SWITCH, None, identity="isp", mac="AA"))
    (stranger,) = (node for node in found.nodes.values() if node.heard is not None)
    assert (stranger.name, len(found.beside[stranger.key])) == ("isp", 2)


def test_every_node_has_a_place_of_its_own_and_its_state_a_shape() -> None:
    found = of(*SITE, hears(FAR, None, identity="<a href='https://example.org'>x</a>", mac="AA"), ap1=State.DOWN)
    plan = netplan.lay(found, found.parts)
    assert len(set(plan.places.values())) == len(plan.places) == 6
    figure = netplan.draw(found, plan, DARK, str(SWITCH), found.blast(str(SWITCH)))
    symbols = {trace["marker"]["symbol"]: trace["text"] for trace in figure["data"] if "customdata" in trace}
    assert symbols["square"] == ["ap1"]
    assert "<" not in symbols[netplan.UNMANAGED][0]
