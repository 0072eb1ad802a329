"""What may cut the path by which a device is reached is found, and what does not is let alone."""

from __future__ import annotations

import pytest

from routeros.export import parse
from routeros.plan.commands import read
from routeros.plan.path import Path
from routeros.plan.path import read as path
from routeros.plan.reach import Kind
from routeros.plan.risks import Risk, judge

EXPORT = """\
/interface bridge
add name=lan vlan-filtering=yes
add name=other
/interface ethernet
set [ find default-name=ether2 ] name=uplink
/interface vlan
add interface=lan name=mgmt vlan-id=99
/interface list
add name=MGMT
/interface bridge port
add bridge=lan interface=uplink
add bridge=lan interface=ether3
add bridge=other interface=ether4
/interface bridge vlan
add bridge=lan tagged=lan,uplink vlan-ids=99
/interface list member
add interface=mgmt list=MGMT
/ip address
add address=192.0.2.1/24 interface=mgmt
add address=198.51.100.1/24 interface=other
/ip firewall address-list
add address=203.0.113.0/24 list=noc
/ip firewall filter
add action=accept chain=input comment=noc dst-port=8729 protocol=tcp src-address-list=noc
add action=accept chain=input comment=standing connection-state=established,related
add action=drop chain=input comment=rest
add action=drop chain=forward comment=through
/ip route
add dst-address=0.0.0.0/0 gateway=192.0.2.254
add dst-address=203.0.113.0/24 gateway=192.0.2.253
/ip service
set telnet disabled=yes
set api-ssl address=203.0.113.0/24
/user group
add name=ours policy=read,write,api
"""

SEEN = Path("203.0.113.7", "192.0.2.1", 8729, "api-ssl", "flotilla")


def judged(commands: str, seen: Path = SEEN, export: str = EXPORT) -> tuple[Risk, ...]:
    return judge(read(commands + "\n"), path(parse(export), seen))


def test_the_path_is_read_from_the_export() -> None:
    found = path(parse(EXPORT), SEEN)
    assert found.interface == "mgmt"
    assert found.parents == ("lan", "uplink", "ether3")
    assert found.gateway == "192.0.2.253"


@pytest.mark.parametrize(
    ("commands", "kind"),
    [
        ("/ip address remove [find address=192.0.2.1/24]", Kind.ADDRESS),
        ("/ip address set [find interface=mgmt] address=192.0.2.9/24", Kind.ADDRESS),
        ("/ip address disable [find interface=mgmt]", Kind.ADDRESS),
        ("/ip address set [find interface=mgmt] address=192.0.2.1/30", Kind.ADDRESS),
        ("/ip route remove [find gateway=192.0.2.253]", Kind.ROUTE),
        ("/ip route add dst-address=203.0.113.0/28 gateway=192.0.2.250", Kind.ROUTE),
        ("/ip route set [find gateway=192.0.2.253] gateway=192.0.2.252", Kind.ROUTE),
        ("/ip firewall filter add chain=input action=drop place-before=[find comment=noc]", Kind.FIREWALL),
        ("/ip firewall filter remove [find comment=noc]", Kind.FIREWALL),
        ("/ip firewall filter move [find comment=rest] [find comment=noc]", Kind.FIREWALL),
        ("/ip firewall filter set [find comment=noc] dst-port=22", Kind.FIREWALL),
        ("/ip firewall address-list remove [find list=noc]", Kind.FIREWALL),
        ("/ip firewall raw add chain=prerouting action=drop in-interface-list=MGMT", Kind.FIREWALL),
        ("/ip firewall raw add chain=prerouting action=drop src-address=203.0.113.0-203.0.113.9", Kind.FIREWALL),
        ("/ip firewall nat add chain=dstnat action=redirect protocol=tcp dst-port=8729 to-ports=1", Kind.FIREWALL),
        ("/ip service disable api-ssl", Kind.SERVICE),
        ("/ip service set api-ssl port=8730", Kind.SERVICE),
        ("/ip service set api-ssl address=198.51.100.0/24", Kind.SERVICE),
        ("/ip service set api-ssl certificate=new", Kind.SERVICE),
        ("/interface vlan disable mgmt", Kind.INTERFACE),
        ("/interface vlan set mgmt vlan-id=98", Kind.INTERFACE),
        ("/interface ethernet disable uplink", Kind.INTERFACE),
        ("/interface ethernet set [find default-name=ether3] disabled=yes", Kind.INTERFACE),
        ("/interface bridge port remove [find interface=uplink]", Kind.INTERFACE),
        ("/interface bridge port set [find interface=uplink] pvid=7", Kind.INTERFACE),
        ("/interface bridge set lan vlan-filtering=no", Kind.INTERFACE),
        ("/interface bridge vlan remove [find vlan-ids=99]", Kind.INTERFACE),
        ("/ip vrf add name=v interfaces=mgmt", Kind.INTERFACE),
        ("/user set flotilla password=x", Kind.USER),
        ("/user disable flotilla", Kind.USER),
        ("/user set flotilla group=read", Kind.USER),
        ("/user group set ours policy=read", Kind.USER),
        ("/user group set full policy=read", Kind.USER),
    ],
)
def test_what_may_cut_the_path_is_a_risk(commands: str, kind: Kind) -> None:
    risks = judged(commands)
    assert kind in {risk.kind for risk in risks}
    assert all(risk.why.endswith(".") and risk.next_step.endswith(".") for risk in risks)


@pytest.mark.parametrize(
    "commands",
    [
        "/ip address add address=192.0.2.77/24 interface=mgmt",
        "/ip address remove [find interface=other]",
        "/ip address set [find interface=mgmt] comment=x",
        "/ip route add dst-address=10.0.0.0/8 gateway=192.0.2.9",
        "/ip route remove [find dst-address=0.0.0.0/0]",
        "/ip firewall filter add chain=input action=drop",
        "/ip firewall filter add chain=forward action=drop place-before=[find comment=noc]",
        "/ip firewall filter add chain=input action=drop src-address=10.0.0.0/8 place-before=[find comment=noc]",
        "/ip firewall filter add chain=input action=drop protocol=udp place-before=[find comment=noc]",
        "/ip firewall filter add chain=input action=drop dst-port=22 protocol=tcp place-before=[find comment=noc]",
        "/ip firewall filter add chain=input action=drop connection-state=invalid place-before=[find comment=noc]",
        "/ip firewall filter add chain=input action=drop in-interface=other place-before=[find comment=noc]",
        "/ip firewall filter remove [find comment=through]",
        "/ip firewall filter remove [find comment=standing]",
        "/ip service set telnet disabled=no",
        "/ip service set api-ssl address=203.0.113.7",
        "/interface ethernet disable ether4",
        "/interface bridge port add bridge=lan interface=ether5",
        "/interface ethernet set [find default-name=ether2] name=wan",
        "/interface vlan add name=v7 interface=lan vlan-id=7",
        "/user add name=ann group=read password=x",
        "/system identity set name=r1",
    ],
)
def test_what_does_not_touch_the_path_is_none(commands: str) -> None:
    assert judged(commands) == ()


def test_what_is_cut_between_two_steps_is_a_risk_though_it_is_mended_after() -> None:
    commands = "/ip address\nremove [find interface=mgmt]\nadd address=192.0.2.1/24 interface=mgmt"
    risks = judged(commands)
    assert {risk.operation.verb.value for risk in risks} == {"remove"}


def test_rules_that_are_jumped_to_count() -> None:
    jump = (
        "/ip firewall filter\nadd chain=mine action=drop src-address=203.0.113.7\n"
        "add chain=input action=jump jump-target=mine place-before=[find comment=noc]"
    )
    assert [(risk.kind, risk.operation.values["chain"]) for risk in judged(jump)] == [(Kind.FIREWALL, "input")]


def test_from_within_the_network_no_route_is_needed() -> None:
    near = Path("192.0.2.50", "192.0.2.1", 22, "ssh", "flotilla")
    assert judged("/ip route remove [find gateway=192.0.2.253]", near) == ()
    assert judged("/ip ssh set strong-crypto=yes", near) == ()


@pytest.mark.parametrize(
    ("commands", "kind"),
    [
        ("/ip service set api-ssl address=203.0.113.0/28", Kind.SERVICE),
        ("/ip route remove [find dst-address=0.0.0.0/0]", Kind.ROUTE),
        ("/ip firewall filter add chain=input action=drop src-address=10.0.0.0/8 place-before=[find comment=noc]",
         Kind.FIREWALL),
    ],
)  # fmt: skip
def test_where_our_own_address_is_not_known_any_may_be_ours(commands: str, kind: Kind) -> None:
    unknown = Path("", "192.0.2.1", 8729, "api-ssl", "flotilla")
    open_ = EXPORT.replace(" src-address-list=noc", "")
    assert [risk.kind for risk in judged(commands, unknown, open_)] == [kind]
    assert judged("/ip route add dst-address=10.0.0.0/8 gateway=192.0.2.9", unknown, open_) == ()


def test_a_step_on_a_row_that_is_not_told_counts_where_it_matters() -> None:
    (risk,) = judged("/ip firewall filter set [find comment=unknown] action=drop")
    assert "does not tell the row" in risk.why
    assert judged("/queue simple set [find comment=unknown] disabled=yes") == ()


def test_no_secret_is_told() -> None:
    (risk,) = judged("/user set flotilla password=geheim")
    assert "geheim" not in risk.why + repr(risk)
