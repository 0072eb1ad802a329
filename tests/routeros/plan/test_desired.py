"""Plans lead from any configuration to any other, on routers of version 6 and 7, and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import BadInput
from routeros.export import parse
from routeros.export.normal import same
from routeros.plan import Verb
from routeros.plan.commands import read
from routeros.plan.desired import between, follow, plan
from routeros.plan.world import after
from routeros.plan.world import read as world
from tests.routeros.export.samples import THERE, WHY, document, exports, successive
from tests.routeros.plan.worlds import blank, body, perform, run, worlds

EACH = st.sampled_from(("ccr2004", "hap_ac_lite"))


def exported(persona: str, text: str) -> str:
    router = blank(persona)
    run(router, text)
    return body(router)


@settings(max_examples=15, deadline=None)
@given(EACH, worlds(), worlds())
def test_a_plan_makes_of_one_configuration_the_other_and_is_taken_back_by_its_inverses(
    persona: str, one: str, other: str
) -> None:
    router = blank(persona)
    run(router, one)
    before, wanted = body(router), exported(persona, other)
    found = plan(parse(before), parse(wanted))
    perform(router, found.operations)
    assert same(parse(body(router)), parse(wanted))
    assert not plan(parse(body(router)), parse(wanted))
    perform(router, found.undo)
    assert same(parse(body(router)), parse(before))


@settings(max_examples=15, deadline=None)
@given(EACH, worlds())
def test_what_is_so_already_needs_no_step(persona: str, text: str) -> None:
    told = exported(persona, text)
    assert not plan(parse(told), parse(told))
    assert not plan(parse(told), parse(text), whole=False)


@pytest.mark.skipif(not THERE, reason=WHY)
def test_plans_lead_through_the_history_of_real_devices_and_back() -> None:
    steps = 0
    for before, wanted in successive():
        old, new = world(document(before)), world(document(wanted))
        found = between(old, new)
        arrived = after(old, found.operations, first=True)
        assert not between(arrived, new), (before, wanted)
        assert not between(after(arrived, found.undo, first=True), old), (before, wanted)
        steps += len(found.operations)
    assert steps > 500


@pytest.mark.skipif(not THERE, reason=WHY)
def test_a_real_export_needs_no_step_to_be_itself() -> None:
    for name in exports():
        assert not plan(document(name), document(name)), name


def lines(current: str, desired: str, *, whole: bool = True) -> list[str]:
    """The steps of a plan as a person sees them."""
    return [step.shown() for step in plan(parse(current), parse(desired), whole=whole).operations]


def test_what_is_named_is_there_before_and_goes_behind_what_names_it() -> None:
    bridge = "/interface bridge\nadd name=bridge1\n/interface bridge port\nadd bridge=bridge1 interface=ether2\n"
    assert lines("", bridge) == [
        "/interface bridge add name=bridge1",
        "/interface bridge port add bridge=bridge1 interface=ether2",
    ]
    assert [step.split(" remove")[0] for step in lines(bridge, "")] == ["/interface bridge port", "/interface bridge"]
    unsorted = "/interface bridge port\nadd bridge=b interface=ether2\n/interface bridge\nadd name=b\n"
    assert [step.verb for step in plan(parse(""), parse(unsorted)).operations] == [Verb.ADD, Verb.ADD]
    assert lines("", unsorted)[0] == "/interface bridge add name=b"


def test_rules_that_let_in_are_there_before_those_that_drop() -> None:
    now = "/ip firewall filter\nadd action=accept chain=input comment=a\n"
    new = (
        "/ip firewall filter\nadd action=accept chain=input protocol=icmp\nadd action=accept chain=input comment=a\n"
        "add action=accept chain=input comment=b\nadd action=drop chain=input\n"
    )
    assert lines(now, new) == [
        "/ip firewall filter add action=accept chain=input protocol=icmp place-before=[find chain=input comment=a]",
        "/ip firewall filter add action=accept chain=input comment=b",
        "/ip firewall filter add action=drop chain=input",
    ]


def test_a_rule_is_changed_in_one_step_so_that_it_is_never_half_of_both() -> None:
    now = "/ip firewall filter\nadd action=drop chain=input comment=x in-interface-list=WAN\n"
    new = "/ip firewall filter\nadd action=drop chain=input comment=x in-interface=ether1\n"
    (step,) = plan(parse(now), parse(new)).operations
    assert step.shown().partition(" set ")[2] == "[find chain=input comment=x] in-interface=ether1 !in-interface-list"


def test_a_menu_that_says_nothing_is_meant_to_be_empty() -> None:
    now = "/ip pool\nadd name=p ranges=192.0.2.1\n"
    assert lines(now, "/ip pool\n") == ["/ip pool remove [find name=p]"]
    assert lines("/ip pool\n", now) == ["/ip pool add name=p ranges=192.0.2.1"]


def test_a_moved_rule_is_moved_and_nothing_else() -> None:
    rules = [f"add action=accept chain=input comment={name}\n" for name in "abcd"]
    now, new = "".join(rules), "".join([rules[3], *rules[:3]])
    assert lines(f"/ip firewall filter\n{now}", f"/ip firewall filter\n{new}") == [
        "/ip firewall filter move [find chain=input comment=d] destination=[find chain=input comment=a]"
    ]


def test_names_of_interfaces_are_swapped_and_what_names_them_follows() -> None:
    now = "/interface bridge\nadd name=b\n/interface bridge port\nadd bridge=b interface=ether2\n"
    new = (
        "/interface bridge\nadd name=b\n/interface ethernet\nset [ find default-name=ether2 ] name=ether3\n"
        "set [ find default-name=ether3 ] name=ether2\n/interface bridge port\nadd bridge=b interface=ether3\n"
    )
    steps = plan(parse(now), parse(new)).operations
    assert {step.menu for step in steps} == {"/interface/ethernet"}
    router = blank("ccr2004")
    run(router, now)
    perform(router, steps)
    assert not plan(parse(body(router)), parse(new), {"/interface/ethernet", "/interface/bridge/port"})


def test_only_the_menus_that_are_meant_are_touched_and_a_text_may_only_add() -> None:
    now = "/ip pool\nadd name=p ranges=192.0.2.1\n/ip dns\nset allow-remote-requests=yes servers=192.0.2.9\n"
    new = "/ip dns\nset servers=192.0.2.8\n"
    assert plan(parse(now), parse(new), {"/ip/route"}).operations == ()
    (step,) = plan(parse(now), parse(new), {"/ip/dns"}).operations
    assert dict(step.values) == {"servers": "192.0.2.8", "allow-remote-requests": "no"}
    assert lines(now, new, whole=False) == ["/ip dns set servers=192.0.2.8"]


def test_values_that_mean_the_same_are_no_difference() -> None:
    now = (
        "/ip address\nadd address=192.0.2.1/24 interface=ether1 network=192.0.2.0\n"
        "/queue simple\nadd max-limit=10M/10M name=q\n"
    )
    new = (
        "/ip address\nadd address=192.0.2.1/24 disabled=no interface=ether1\n"
        "/queue simple\nadd max-limit=10000000/10000000 name=q\n"
    )
    assert lines(now, new) == []


def test_commands_become_a_plan_that_can_be_taken_back() -> None:
    now = "/ip firewall filter\nadd action=accept chain=input comment=a\nadd action=drop chain=input comment=b\n"
    steps = read("/ip firewall filter\nset [find comment=b] log=yes\nmove [find comment=b] [find comment=a]\n")
    found = follow(parse(now), steps)
    assert [step.verb for step in found.operations] == [Verb.SET, Verb.MOVE]
    assert [step.verb for step in found.undo] == [Verb.MOVE, Verb.SET]
    assert not follow(parse(now), read("/ip firewall filter enable [find comment=a]\n"))
    with pytest.raises(BadInput, match="2 rows of /ip/firewall/filter"):
        follow(parse(now), read("/ip firewall filter remove [find chain=input]\n"))
    with pytest.raises(BadInput, match="No row"):
        follow(parse(now), read("/ip firewall filter remove [find comment=c]\n"))
