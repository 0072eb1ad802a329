"""Steps are written for the console in full, and for people without secrets."""

from __future__ import annotations

from routeros.plan import Operation, Row, Verb


def test_a_step_is_a_line_that_the_console_takes() -> None:
    drop = Row({"chain": "input", "comment": "no\nway"})
    added = Operation(Verb.ADD, "/ip/firewall/filter", values={"chain": "input", "action": "accept"}, before=drop)
    found = r'[:pick [find chain=input comment="no\nway"] 0]'
    assert added.line() == f"/ip firewall filter add chain=input action=accept place-before={found}"
    moved = Operation(Verb.MOVE, "/ip/firewall/filter", drop, before=Row({"chain": "input"}, 2))
    assert moved.line() == f"/ip firewall filter move {found} destination=[:pick [find chain=input] 2]"
    last = Operation(Verb.MOVE, "/ip/firewall/filter", drop)
    assert last.line() == f"/ip firewall filter move {found}"
    unset = Operation(Verb.UNSET, "/ip/firewall/filter", drop, names=("protocol", "dst-port"))
    assert unset.line() == f"/ip firewall filter set {found} !protocol !dst-port"
    assert Operation(Verb.SET, "/system/identity", Row(), {"name": "a b"}).line() == '/system identity set name="a b"'
    assert Operation(Verb.SET, "/port", Row(nth=0), {"name": "s"}).line() == "/port set 0 name=s"
    removed = Operation(Verb.REMOVE, "/ip/address", Row({"address": "192.0.2.1/24"}))
    assert removed.line() == '/ip address remove [:pick [find address="192.0.2.1/24"] 0]'
    assert removed.shown() == '/ip address remove [find address="192.0.2.1/24"]'


def test_secrets_are_shown_to_nobody() -> None:
    step = Operation(Verb.SET, "/ppp/secret", Row({"name": "ann"}), {"password": "geheim", "comment": "x"})
    assert "geheim" in step.line()
    assert step.shown() == "/ppp secret set [find name=ann] password=***** comment=x"
    assert "geheim" not in repr(step)
    named = Operation(Verb.REMOVE, "/snmp/community", Row({"name": "geheim"}))
    assert "geheim" not in named.shown()
