"""Who may enter and do what: users, groups, policies, and sessions that keep what they had."""

from __future__ import annotations

import pytest

from routeros.simulator.doors.wire import Call
from routeros.simulator.parts import accounts
from routeros.simulator.parts.policy import needed
from tests.routeros.simulator.desk import PASSWORD, Desk

NO = {"message": "not enough permissions (9)"}


def entered(desk: Desk, name: str, password: str = "x") -> Desk:
    """Open a session of another user's, or find that he may not."""
    other = Desk(router=desk.router, login=False)
    ((word, _), *_) = other.ask("/login", f"=name={name}", f"=password={password}")
    other.paper.end = "" if word == "!done" else "refused"
    return other


def with_user(policy: str, name: str = "u") -> tuple[Desk, Desk]:
    """Make a router with a user of these rights, and a session for him."""
    desk = Desk()
    desk.rows("/user/group/add", "=name=g", f"=policy={policy}")
    desk.rows("/user/add", f"=name={name}", "=group=g", "=password=x")
    return desk, entered(desk, name)


def test_a_new_device_has_one_user_and_three_groups() -> None:
    desk = Desk()
    assert desk.rows("/user/print") == [
        {
            ".id": "*1",
            "name": "admin",
            "group": "full",
            "address": "",
            "disabled": "false",
            "last-logged-in": "2026-01-05 12:00:00",
        }
    ]
    groups = {row["name"]: row["policy"].split(",") for row in desk.rows("/user/group/print")}
    assert list(groups) == ["read", "write", "full"]
    assert {"!write", "!policy", "read", "api"} <= set(groups["read"])
    assert not [name for name in groups["full"] if name.startswith("!")]
    assert "rest-api" in groups["full"]
    old = Desk("hap_ac_lite").rows("/user/group/print", "?name=full")[0]["policy"]
    assert ("dude" in old, "rest-api" in old) == (True, False)


def test_users_come_change_and_go() -> None:
    desk = Desk()
    desk.rows("/user/add", "=name=u", "=group=read", "=password=x", "=comment=reads")
    assert entered(desk, "u").rows("/user/print", "?name=u", "=.proplist=comment") == [{"comment": "reads"}]
    desk.rows("/user/set", "=numbers=u", "=password=y")
    assert (entered(desk, "u").paper.end, entered(desk, "u", "y").paper.end) == ("refused", "")
    desk.rows("/user/disable", "=numbers=u")
    assert entered(desk, "u", "y").paper.end == "refused"
    desk.rows("/user/enable", "=numbers=u")
    desk.rows("/user/remove", "=numbers=u")
    assert entered(desk, "u", "y").paper.end == "refused"
    assert entered(desk, "admin", PASSWORD).paper.end == ""


def test_a_group_needs_api_to_enter_by_the_api() -> None:
    assert with_user("read,ssh")[1].paper.end == "refused"
    desk, session = with_user("read,api")
    assert session.paper.end == ""
    assert accounts.password(desk.router, "u", "ssh") is None
    assert accounts.password(desk.router, "u", "api-ssl") == "x"


@pytest.mark.parametrize(
    ("address", "enters"), [("192.0.2.0/24", True), ("198.51.100.1,192.0.2.7", True), ("10.0.0.0/8", False)]
)
def test_a_user_may_come_from_his_addresses_only(address: str, enters: bool) -> None:
    desk = Desk()
    desk.rows("/user/add", "=name=u", "=group=full", "=password=x", f"=address={address}")
    assert (entered(desk, "u").paper.end == "") is enters


@pytest.mark.parametrize(
    ("policy", "words", "may"),
    [
        ("api,read", ["/interface/print"], True),
        ("api,write", ["/interface/print"], False),
        ("api,read", ["/interface/set", "=numbers=ether2", "=comment=x"], False),
        ("api,read,write", ["/interface/set", "=numbers=ether2", "=comment=x"], True),
        ("api,read,write", ["/user/add", "=name=n", "=group=full"], False),
        ("api,read,write,policy", ["/user/add", "=name=n", "=group=full"], True),
        ("api,read", ["/file/add", "=name=n"], False),
        ("api,read,write,ftp", ["/file/add", "=name=n"], True),
        ("api,read,write,ftp", ["/system/backup/save", "=name=n"], False),
        ("api,read,write,ftp,policy,test", ["/system/backup/save", "=name=n"], True),
        ("api,read", ["/log/info", "=message=x"], True),
        ("api,read,write", ["/system/reboot"], False),
        ("api,read", ["/undo"], False),
    ],
)
def test_what_a_command_needs(policy: str, words: list[str], may: bool) -> None:
    _, session = with_user(policy)
    if may:
        assert session.ask(*words)[-1][0] == "!done"
        assert "!trap" not in [word for word, _ in session.paper.said]
    else:
        assert session.trap(*words) == NO


def test_an_export_to_a_file_needs_more_than_reading() -> None:
    assert needed(Call("", "export")) == {"read"}
    assert needed(Call("", "export", {"file": "x"})) == {"read", "write", "ftp"}
    assert needed(Call("/ip/address", "export", {"file": "x"})) == {"read", "write", "ftp"}


def test_a_session_keeps_its_rights_and_a_new_one_has_others() -> None:
    desk, session = with_user("api,read,write")
    desk.rows("/user/group/set", "=numbers=g", "=policy=api,read")
    session.rows("/interface/set", "=numbers=ether2", "=comment=still")
    assert entered(desk, "u").trap("/interface/set", "=numbers=ether2", "=comment=x") == NO
    desk.rows("/user/remove", "=numbers=u")
    session.rows("/interface/set", "=numbers=ether2", "=comment=even now")


def test_secrets_are_shown_to_those_who_may_see_them() -> None:
    desk, session = with_user("api,read,write,test")
    menu = "/interface/wifi/security"
    desk.ask(f"{menu}/add", "=name=s", "=passphrase=open sesame")
    asked = (f"{menu}/print", "?name=s", "=.proplist=passphrase")
    assert desk.rows(*asked) == [{"passphrase": "open sesame"}]
    assert session.rows(*asked) == [{"passphrase": "*****"}]
    assert session.rows(f"{menu}/print", "?passphrase=open sesame") == []
    assert session.ask(f"{menu}/get", "=number=s", "=value-name=passphrase")[0][1]["ret"] == "*****"


def test_passwords_of_users_are_shown_to_nobody() -> None:
    desk = Desk()
    assert "password" not in str(desk.rows("/user/print"))
    assert desk.rows("/user/print", f"?password={PASSWORD}") == []
    assert desk.ask("/user/get", "=number=admin", "=value-name=password")[0][1]["ret"] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["/user/add", "=name=admin", "=group=full"], "failure: user with the same name already exists"),
        (["/user/add", "=name=n", "=group=nope"], "input does not match any value of group"),
        (["/user/add", "=name=n", "=group=full", "=address=x"], "invalid value for argument address"),
        (["/user/remove", "=numbers=admin"], "failure: last user with full permissions can not be removed"),
        (["/user/disable", "=numbers=admin"], "failure: last user with full permissions can not be removed"),
        (
            ["/user/set", "=numbers=admin", "=group=read"],
            "failure: last user with full permissions can not be removed",
        ),
        (["/user/group/add", "=name=g", "=policy=fly"], "input does not match any value of policy"),
        (["/user/group/add", "=name=read"], "failure: group with the same name already exists"),
        (["/user/group/remove", "=numbers=read"], "failure: can not remove default group"),
        (["/user/group/remove", "=numbers=full"], "failure: group is in use"),
    ],
)
def test_what_would_lock_everybody_out_or_makes_no_sense_is_refused(words: list[str], message: str) -> None:
    desk = Desk()
    before = desk.rows("/user/print"), desk.rows("/user/group/print")
    assert desk.trap(*words)["message"] == message
    assert (desk.rows("/user/print"), desk.rows("/user/group/print")) == before


def test_a_change_of_users_is_undone_with_the_password() -> None:
    desk = Desk()
    desk.rows("/user/set", "=numbers=admin", "=password=other")
    desk.rows("/undo")
    assert entered(desk, "admin", PASSWORD).paper.end == ""
