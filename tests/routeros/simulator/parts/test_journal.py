"""Whatever is changed is undone exactly: rows, their order and their ids."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.journal import KEPT, Journal
from tests.routeros.simulator.desk import Desk

LIST = "/ip/firewall/address-list"
FILTER = "/ip/firewall/filter"

PLACES = st.integers(0, 7)
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "set", "remove", "move", "disable", "comment", "two"]), PLACES, PLACES)
)


def ids(desk: Desk) -> list[str]:
    return [row[".id"] for row in desk.rows(f"{FILTER}/print")]


def step(desk: Desk, kind: str, first: int, second: int) -> None:
    """Do one thing to the rules, if there are any to do it to."""
    known = ids(desk)
    if kind == "add" or not known:
        desk.ask(f"{FILTER}/add", "=chain=input", "=action=accept", f"=comment={first}", f"=dst-port={second + 1}")
        return
    one, other = known[first % len(known)], known[second % len(known)]
    words = {
        "set": [f"{FILTER}/set", f"=.id={one}", f"=comment=new {second}", "=action=drop"],
        "remove": [f"{FILTER}/remove", f"=.id={one}"],
        "move": [f"{FILTER}/move", f"=numbers={one}", f"=destination={other}"],
        "disable": [f"{FILTER}/disable", f"=.id={one}"],
        "comment": [f"{FILTER}/comment", f"=.id={one}", "=comment="],
        "two": [f"{FILTER}/remove", f"=.id={one},{other}"],
    }[kind]
    desk.ask(*words)


@settings(max_examples=60)
@given(before=STEPS, after=STEPS)
def test_what_is_done_is_undone_and_done_again(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]
) -> None:
    desk = Desk()
    for one in before:
        step(desk, *one)
    desk.router.part(Journal).forget()
    found = desk.rows(f"{FILTER}/print")
    for one in after:
        step(desk, *one)
    left = desk.rows(f"{FILTER}/print")
    actions = len(desk.router.part(Journal).actions)
    for _ in range(actions):
        desk.rows("/undo")
    assert desk.rows(f"{FILTER}/print") == found
    for _ in range(actions):
        desk.rows("/redo")
    assert desk.rows(f"{FILTER}/print") == left


def test_one_command_is_one_action() -> None:
    desk = Desk()
    before = desk.rows("/interface/print", "=.proplist=name,disabled")
    desk.rows("/interface/disable", "=numbers=ether2,ether3")
    desk.rows("/undo")
    assert desk.rows("/interface/print", "=.proplist=name,disabled") == before
    assert desk.trap("/undo") == {"message": "failure: nothing to undo"}


def test_a_new_change_ends_what_could_be_redone() -> None:
    desk = Desk()
    desk.rows("/system/identity/set", "=name=one")
    desk.rows("/undo")
    desk.rows("/system/identity/set", "=name=two")
    assert desk.trap("/redo") == {"message": "failure: nothing to redo"}
    assert desk.rows("/system/identity/print") == [{"name": "two"}]


def test_a_refused_command_leaves_no_action() -> None:
    desk = Desk()
    desk.trap("/interface/set", "=.id=ether1,nope", "=mtu=1400")
    desk.trap("/interface/set", "=.id=ether1", "=mtu=1")
    assert desk.rows("/system/history/print") == []


def test_what_follows_a_change_follows_its_undoing() -> None:
    desk = Desk()
    asked = ("/interface/print", "?name=wifi1", "=.proplist=running")
    desk.rows("/interface/disable", "=numbers=wifi1")
    assert desk.rows(*asked) == [{"running": "false"}]
    desk.rows("/undo")
    assert desk.rows(*asked) == [{"running": "true"}]
    desk.rows("/interface/set", "=numbers=bridge", "=name=lan")
    desk.rows("/undo")
    assert desk.rows("/ip/address/print", "=.proplist=interface") == [{"interface": "bridge"}]


def test_a_hundred_actions_are_remembered() -> None:
    desk = Desk()
    for n in range(KEPT + 5):
        desk.rows("/system/identity/set", f"=name=n{n}")
    assert len(desk.rows("/system/history/print")) == KEPT
    for _ in range(KEPT):
        desk.rows("/undo")
    assert desk.rows("/system/identity/print") == [{"name": "n4"}]


def test_the_history_names_the_commands_that_do_and_undo() -> None:
    desk = Desk()
    desk.rows("/ip/address/add", "=address=192.0.2.9/28", "=interface=bridge", "=comment=lab $1")
    desk.rows("/ip/address/set", "=numbers=*2", "=comment=two")
    changed, added = desk.rows("/system/history/print", "=detail=")
    assert (added["action"], added["by"], added["policy"]) == ("address added", "admin", "write")
    assert added["undo"] == "/ip address remove *2"
    assert added["redo"] == r'/ip address add address=192.0.2.9/28 interface=bridge comment="lab \$1" disabled=no'
    assert (changed["redo"], changed["undo"]) == (
        "/ip address set *2 comment=two",
        r'/ip address set *2 comment="lab \$1"',
    )
    assert (changed["undoable"], changed["redoable"], changed["floating-undo"]) == ("true", "false", "false")
    desk.rows("/undo")
    assert [row["redoable"] for row in desk.rows("/system/history/print")] == ["true", "false"]


def test_the_history_tells_no_password() -> None:
    desk = Desk()
    desk.rows("/user/add", "=name=x", "=group=full", "=password=hunter2")
    assert "hunter2" not in str(desk.rows("/system/history/print"))


def test_a_restart_forgets_the_history_and_keeps_the_change() -> None:
    desk = Desk()
    desk.rows("/system/identity/set", "=name=kept")
    desk.router.part(Boot).restart()
    desk.hands.turn(timedelta(minutes=30))
    again = Desk(router=desk.router)
    assert again.rows("/system/history/print") == []
    assert again.trap("/undo") == {"message": "failure: nothing to undo"}
    assert again.rows("/system/identity/print") == [{"name": "kept"}]


def test_an_untouched_router_has_no_journal() -> None:
    desk = Desk()
    desk.rows("/interface/print")
    desk.rows("/system/history/print")
    assert not desk.router.has(Journal)
