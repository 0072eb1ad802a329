"""What commands do to a router's tables: order, defaults, references, and taking changes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.simulator.outcome import Row
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.journal import Journal
from routeros.simulator.router import Change
from routeros.simulator.tree import menus
from routeros.simulator.writing import restore
from routeros.words import TAG
from tests.routeros.simulator.desk import Desk, spoken

FILTER = "/ip/firewall/filter"


def comments(desk: Desk, menu: str = FILTER) -> list[str]:
    return [row.get("comment", row[".id"]) for row in desk.rows(f"{menu}/print", "=.proplist=.id,comment")]


def add(desk: Desk, menu: str, *words: str) -> str:
    """Add a row and tell its id."""
    ((word, row),) = desk.ask(f"{menu}/add", *words)
    assert word == "!done", row
    return row["ret"]


def recorded(desk: Desk) -> list[Change]:
    """Tell all changes that the journal holds, oldest first."""
    return [change for action in desk.router.part(Journal).actions for change in action.changes]


@pytest.fixture
def access_point() -> Desk:
    """A device whose firewall is empty."""
    return Desk("hap_ax2")


def test_rules_are_added_at_the_end_or_before_another_and_moved(access_point: Desk) -> None:
    desk = access_point
    ids = [add(desk, FILTER, "=chain=input", f"=comment={name}") for name in "abc"]
    before = add(desk, FILTER, "=chain=input", "=comment=x", f"=place-before={ids[1]}")
    assert comments(desk) == ["a", "x", "b", "c"]
    desk.rows(f"{FILTER}/move", f"=numbers={ids[2]},{before}", f"=destination={ids[0]}")
    assert comments(desk) == ["c", "x", "a", "b"]
    desk.rows(f"{FILTER}/move", f"=.id={ids[2]}")
    assert comments(desk) == ["x", "a", "b", "c"]
    desk.rows(f"{FILTER}/move", f"=.id={ids[0]}", f"=destination={ids[0]}")
    assert comments(desk) == ["x", "a", "b", "c"]


def test_what_is_not_ordered_is_not_moved(access_point: Desk) -> None:
    assert access_point.trap("/ip/pool/move", "=.id=*1")["message"] == "no such command"
    words = ("=name=p", "=ranges=10.9.0.2-10.9.0.9", "=place-before=*1")
    assert access_point.trap("/ip/pool/add", *words)["message"] == "unknown parameter place-before"


def test_a_property_is_taken_away_in_three_ways_and_its_default_shows_again(access_point: Desk) -> None:
    desk = access_point
    rule = add(desk, FILTER, "=chain=input", "=protocol=tcp", "=dst-port=22", "=log-prefix=ssh", "=comment=door")
    desk.rows(f"{FILTER}/unset", f"=numbers={rule}", "=value-name=dst-port")
    desk.rows(f"{FILTER}/set", f"=.id={rule}", "=!protocol=", "=comment=")
    desk.rows(f"{FILTER}/reset", f"=numbers={rule}", "=log-prefix=")
    (row,) = desk.rows(f"{FILTER}/print", "=.proplist=protocol,dst-port,log-prefix,action,comment")
    assert row == {"log-prefix": "", "action": "accept"}
    assert desk.trap(f"{FILTER}/set", f"=.id={rule}", "=!chain=")["message"] == "unknown parameter !chain"


def test_a_row_is_copied_from_another(access_point: Desk) -> None:
    desk = access_point
    first = add(desk, FILTER, "=chain=input", "=protocol=tcp", "=dst-port=22")
    add(desk, FILTER, f"=copy-from={first}", "=dst-port=23")
    rows = desk.rows(f"{FILTER}/print", "=.proplist=protocol,dst-port")
    assert rows == [{"protocol": "tcp", "dst-port": "22"}, {"protocol": "tcp", "dst-port": "23"}]


@pytest.mark.parametrize(
    ("words", "message", "category"),
    [
        ((f"{FILTER}/add",), "missing value for argument chain", "0"),
        ((f"{FILTER}/add", "=chain=input", "=colour=red"), "unknown parameter colour", "0"),
        ((f"{FILTER}/add", "=chain=input", "=action=acc"), "input does not match any value of action", "1"),
        ((f"{FILTER}/add", "=chain=input", "=src-address=1.2.3"), "invalid value for argument src-address", "1"),
        ((f"{FILTER}/add", "=chain=input", "=in-interface=x"), "input does not match any value of in-interface", "1"),
        ((f"{FILTER}/add", "=chain=input", "=place-before=*99"), "no such item", "0"),
        ((f"{FILTER}/move", "=numbers=*99"), "no such item", "0"),
        ((f"{FILTER}/unset", "=numbers=*1"), "missing value for argument value-name", "0"),
        ((f"{FILTER}/print", "=where="), "unknown parameter where", "0"),
        (("/ip/dns/set", "=max-udp-packet-size=9"), "value of max-udp-packet-size out of range (50..65507)", "1"),
        (("/ip/dns/print", "=detail="), "unknown parameter detail", "0"),
        (("/ip/dns/set", "=servers=9.9.9.9,here"), "invalid value for argument servers", "1"),
        (("/queue/tree/add", "=parent=*1"), "input does not match any value of parent", "1"),
    ],
)
def test_what_is_wrong_is_refused_with_words_and_category(
    words: tuple[str, ...], message: str, category: str
) -> None:
    desk = Desk()
    add(desk, FILTER, "=chain=input")
    assert desk.trap(*words) == {"message": message, "category": category}
    assert len(desk.rows(f"{FILTER}/print")) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/interface/vlan/add", "=name=bridge", "=vlan-id=7", "=interface=ether1"),
         "failure: already have interface with such name"),
        (("/ip/pool/add", "=name=dhcp10", "=ranges=10.9.0.2-10.9.0.9"), "failure: pool with such name exists"),
        (("/ip/firewall/address-list/add", "=list=management", "=address=10.100.0.0/24"),
         "failure: already have such entry"),
        ((f"{FILTER}/add", "=chain=input", "=dst-port=22"),
         "failure: ports can be specified if proto is tcp,udp,udp-lite,dccp,sctp"),
        ((f"{FILTER}/add", "=chain=input", "=out-interface=bridge"),
         "failure: outgoing interface matching not possible in input and prerouting chains"),
        ((f"{FILTER}/remove", "=.id=*1"), "failure: can not remove dynamic item"),
        ((f"{FILTER}/set", "=.id=*1,*2", "=comment=x"), "failure: can not change dynamic item"),
        (("/interface/list/remove", "=.id=all"), "failure: can not remove builtin list"),
        (("/queue/type/remove", "=.id=default"), "failure: can not remove default queue type"),
        (("/system/logging/action/remove", "=.id=memory"), "failure: can not remove default action"),
        (("/snmp/community/remove", "=.id=public"), "failure: can not remove default community"),
    ],
)  # fmt: skip
def test_what_fails_has_no_category(words: tuple[str, ...], message: str) -> None:
    assert Desk("ccr2004").trap(*words) == {"message": message}


def test_a_name_that_two_rows_have_is_ambiguous_where_one_is_needed(access_point: Desk) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        add(access_point, "/ip/dns/static", "=name=twice", f"=address={address}")
    trap = access_point.trap("/ip/dns/static/add", "=name=x", "=address=10.0.0.3", "=place-before=twice")
    assert trap["message"] == "ambiguous value of place-before, more than one possible value matches input"
    access_point.rows("/ip/dns/static/remove", "=numbers=twice")
    assert access_point.rows("/ip/dns/static/print") == []


def test_all_that_name_an_interface_follow_it(access_point: Desk) -> None:
    desk = access_point
    add(desk, FILTER, "=chain=input", "=in-interface=!ether2")
    add(desk, "/interface/bridge/vlan", "=bridge=bridge", "=vlan-ids=7", "=tagged=bridge,ether2,ether3")
    desk.rows("/interface/set", "=.id=ether2", "=name=roof")
    assert desk.rows(f"{FILTER}/print", "=.proplist=in-interface") == [{"in-interface": "!roof"}]
    assert desk.rows("/interface/bridge/vlan/print", "=.proplist=tagged") == [{"tagged": "bridge,roof,ether3"}]
    assert desk.rows("/interface/bridge/port/print", "?interface=roof", "=.proplist=bridge") == [{"bridge": "bridge"}]


def test_what_names_an_interface_that_is_gone_is_invalid_until_it_is_back(access_point: Desk) -> None:
    desk = access_point
    vlan = add(desk, "/interface/vlan", "=name=lab", "=vlan-id=9", "=interface=bridge")
    address = add(desk, "/ip/address", "=address=10.9.9.1/24", "=interface=lab")
    seen = ("/ip/address/print", f"?.id={address}", "=.proplist=interface,invalid")
    assert desk.rows(*seen) == [{"interface": "lab", "invalid": "false"}]
    desk.rows("/interface/vlan/remove", "=numbers=lab")
    assert desk.rows(*seen) == [{"interface": vlan, "invalid": "true"}]
    restore(desk.router, recorded(desk)[-1])
    assert desk.rows(*seen) == [{"interface": "lab", "invalid": "false"}]


def test_an_added_interface_is_one_of_all_and_counts_nothing(access_point: Desk) -> None:
    desk = access_point
    id = add(desk, "/interface/bridge", "=name=second")
    (row,) = desk.rows("/interface/print", "?.id=" + id)
    assert (row["type"], row["rx-byte"], row["running"]) == ("bridge", "0", "true")
    (rate,) = desk.rows("/interface/monitor-traffic", "=interface=second", "=once=")
    assert rate["rx-bits-per-second"] == "0"
    desk.rows("/interface/disable", "=numbers=second")
    assert desk.rows("/interface/bridge/print", "?name=second")[0]["running"] == "false"
    desk.rows("/interface/bridge/remove", "=numbers=second")
    assert id != add(desk, "/interface/bridge", "=name=third")


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(["add", "before", "remove", "move", "set", "unset", "rename"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    max_size=14,
)


def _do(desk: Desk, verb: str, one: int, other: int) -> None:
    ids = [row[".id"] for row in desk.rows(f"{FILTER}/print", "=.proplist=.id")]
    first, second = (ids[place % len(ids)] if ids else "*1" for place in (one, other))
    port = ["=protocol=tcp", f"=dst-port={one}"]
    words = {
        "add": ["add", "=chain=input", "=in-interface=ether2", *port],
        "before": ["add", "=chain=forward", f"=place-before={first}"],
        "remove": ["remove", f"=.id={first}"],
        "move": ["move", f"=.id={first}", f"=destination={second}"],
        "set": ["set", f"=.id={first},{second}", "=comment=c"],
        "unset": ["set", f"=.id={first}", "=!dst-port="],
    }.get(verb)
    if words:
        desk.ask(f"{FILTER}/{words[0]}", *words[1:])
    else:
        desk.ask("/interface/set", "=.id=*2", f"=name=port{one}")


def _whole(desk: Desk) -> list[list[Row]]:
    router = desk.router
    return [
        [dict(row) for row in router.table(menu.table, menu.stored)]
        for path, menu in menus(router.model).items()
        if path in (FILTER, "/interface", "/interface/bridge/port")
    ]


@settings(max_examples=60)
@given(COMMANDS)
def test_changes_that_are_taken_back_leave_ids_and_order_as_they_were(commands: list[tuple[str, int, int]]) -> None:
    desk = Desk("hap_ax2")
    for name in "ab":
        add(desk, FILTER, "=chain=input", f"=comment={name}")
    before = _whole(desk)
    made = len(recorded(desk))
    for verb, one, other in commands:
        _do(desk, verb, one, other)
    after = _whole(desk)
    undone = [restore(desk.router, change) for change in reversed(recorded(desk)[made:])]
    assert _whole(desk) == before
    for change in reversed(undone):
        assert change is not None
        restore(desk.router, change)
    assert _whole(desk) == after


def test_those_who_listen_hear_of_moves_and_of_names_that_follow(access_point: Desk) -> None:
    desk = access_point
    rule = add(desk, FILTER, "=chain=input", "=in-interface=ether2")
    add(desk, FILTER, "=chain=input")
    desk.ask(f"{FILTER}/listen", ".tag=9")
    (heard, _) = desk.ask("/interface/set", "=.id=ether2", "=name=roof")
    assert (heard[0], heard[1][TAG], heard[1]["in-interface"]) == ("!re", "9", "roof")
    (heard, _) = desk.ask(f"{FILTER}/move", f"=.id={rule}")
    assert heard[1][".id"] == rule


def test_print_follows_and_counts(access_point: Desk) -> None:
    desk = access_point
    add(desk, FILTER, "=chain=input")
    add(desk, FILTER, "=chain=forward")
    assert [word for word, _ in desk.ask(f"{FILTER}/print", "=follow=", ".tag=1")] == ["!re", "!re"]
    assert [word for word, _ in desk.ask(f"{FILTER}/print", "=follow-only=", ".tag=2")] == []
    answers = desk.ask(f"{FILTER}/add", "=chain=input", ".tag=3")
    assert sorted(spoken(answers)) == [("!done", "3"), ("!re", "1"), ("!re", "2")]
    assert desk.ask(f"{FILTER}/print", "?chain=input", "=count-only=")[0][1]["ret"] == "2"
    assert [row["chain"] for row in desk.rows(f"{FILTER}/print", "=chain=forward", "=stats=")] == ["forward"]


def test_group_by_is_new() -> None:
    assert Desk("hap_ac_lite").trap("/ip/pool/print", "=group-by=name")["message"] == "unknown parameter group-by"


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        ("/interface", ("=.id=ether1", "=!disabled=")),
        ("/interface/ethernet", ("=.id=ether1", "=!mac-address=")),
        ("/system/scheduler", ("=.id=*1", "=!start-time=")),
        ("/system/scheduler", ("=.id=*1", "=!policy=")),
        ("/user", ("=.id=admin", "=!password=")),
        ("/user/group", ("=.id=full", "=!policy=")),
        ("/queue/type", ("=.id=default", "=!name=")),
    ],
)
def test_what_every_row_has_is_not_taken_away(access_point: Desk, menu: str, words: tuple[str, ...]) -> None:
    desk = access_point
    desk.router.part(DeviceMode).set("advanced")
    add(desk, "/system/scheduler", "=name=a", "=interval=1h")
    before = desk.rows(f"{menu}/print")
    assert desk.trap(f"{menu}/set", *words) == {"category": "0", "message": f"unknown parameter {words[1][1:-1]}"}
    assert desk.rows(f"{menu}/print") == before


def test_a_default_that_is_empty_is_put_back_too(access_point: Desk) -> None:
    desk = access_point
    desk.rows("/ip/dhcp-server/network/add", "=address=10.9.0.0/24", "=domain=lan", "=netmask=24")
    desk.rows("/ip/dhcp-server/network/reset", "=.id=*1", "=domain=", "=netmask=")
    (row,) = desk.rows("/ip/dhcp-server/network/print")
    assert (row["domain"], row.get("netmask")) == ("", None)
