"""The command line: menus, arguments, conditions, what is printed and what is said of mistakes."""

from __future__ import annotations

import pytest

from routeros.simulator.console import Printed, Shell, execute
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Router
from tests.routeros.export.samples import THERE, WHY, exports
from tests.routeros.simulator.desk import Desk


@pytest.fixture
def router() -> Router:
    return Desk("ccr2004").router


def said(router: Router, script: str) -> str:
    printed = execute(router, None, script)
    assert not printed.failed, printed
    return printed.text


def refused(router: Router, script: str) -> str:
    printed = execute(router, None, script)
    assert printed.failed
    assert printed.text.endswith(f"{printed.error}\n")
    return printed.error


@pytest.mark.parametrize(
    "path", ["/ip address print", "/ip/address/print", "ip address print", ":/ip address print", "/ip add pr"]
)
def test_a_menu_is_found_however_it_is_written(router: Router, path: str) -> None:
    assert "10.100.0.1/24" in said(router, path.replace(":/", "/"))


def test_a_menu_alone_is_where_the_following_commands_belong(router: Router) -> None:
    script = (
        "/ip address\nadd address=10.9.9.9/24 \\\n    interface=bridge comment=new\n/system identity\nset name=x\n"
    )
    assert said(router, script + "print") == "  name: x\n"
    assert said(router, ":put [/ip address get [find comment=new] address]") == "10.9.9.9/24\n"


def test_a_shell_stays_where_it_went_and_knows_the_numbers_it_printed(router: Router) -> None:
    shell = Shell(router)
    shell.run("/ip address")
    assert shell.menu == "/ip/address"
    shell.run("print where interface=vlan20")
    shell.run("set 0 comment=last")
    assert shell.run("..").text == ""
    assert shell.menu == "/ip"
    assert said(router, ":put [/ip address get [find interface=vlan20] comment]") == "last\n"


def test_numbers_without_a_print_are_those_that_it_would_have_shown(router: Router) -> None:
    said(router, "/ip address set 1 comment=second")
    assert said(router, ":put [/ip address get 1 comment]") == "second\n"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("type=ether", 18),
        ('type=ether name~"^sfp"', 2),
        ('type=ether and !(name~"^sfp")', 16),
        ("type=bridge or type=vlan", 3),
        ('(type=bridge || type=vlan) && name!="bridge"', 2),
        ("mtu>1500", 1),
        ("disabled=no", 22),
        ("disabled", 0),
        ("!disabled", 22),
        ("comment", 1),
        ("name=$wanted", 1),
    ],
)
def test_conditions_choose_rows(router: Router, condition: str, count: int) -> None:
    script = f":local wanted bridge; /interface print count-only where {condition}"
    assert said(router, script) == f"{count}\n"
    assert said(router, f":local wanted bridge; :put [:len [/interface find where {condition}]]") == f"{count}\n"


def test_a_table_has_flags_columns_numbers_and_comments(router: Router) -> None:
    said(router, "/ip address add address=10.9.9.9/24 interface=bridge comment=defconf disabled=yes")
    assert said(router, "/ip address print where interface=bridge") == (
        "Flags: X - DISABLED \n"
        "Columns: ADDRESS, NETWORK, INTERFACE\n"
        "#   ADDRESS        NETWORK     INTERFACE\n"
        "0   10.100.0.1/24  10.100.0.0  bridge   \n"
        ";;; defconf\n"
        "1 X 10.9.9.9/24    10.9.9.0    bridge   \n"
    )


def test_detail_and_terse_and_a_value_tell_the_same_row(router: Router) -> None:
    where = "where address=10.100.0.1/24"
    assert "address=10.100.0.1/24 interface=bridge" in said(router, f"/ip address print detail {where}")
    assert said(router, f"/ip address print terse {where}").startswith("0   address=10.100.0.1/24")
    assert said(router, f":put [/ip address print as-value {where}]").startswith(".id=*2;actual-interface=bridge;")
    assert said(router, f"/ip address print as-value {where}") == ""


def test_a_menu_of_one_row_is_a_block_with_units(router: Router) -> None:
    lines = [line.strip() for line in said(router, "/system resource print").splitlines()]
    assert "cpu-count: 4" in lines
    assert "total-memory: 4096.0MiB" in lines


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("/foo", "bad command name foo (line 1 column 2)"),
        ("/ip foo", "bad command name foo (line 1 column 5)"),
        ("/foo/bar", "syntax error (line 1 column 5)"),
        ("/ip address add foo=1", "expected end of command (line 1 column 17)"),
        ("/system identity set name= x=y", "expected end of command (line 1 column 29)"),
        ("\n/system identity print foo", "expected end of command (line 2 column 24)"),
        ("/ip address print )", "syntax error (line 1 column 19)"),
        (":put [/system identity get name", "syntax error (line 1 column 32)"),
        ('/system identity set name="x\n\n', "expected name value (line 3 column 1)"),
        ("/ip address set *99 disabled=yes", "no such item"),
        ("/ip address set disabled=yes", "missing value(s) of argument(s) numbers"),
        ("/ip address add address=10.9.9.9/24", "missing value(s) of argument(s) interface"),
        ("/ip address add address=10.9.9.9/24 interface=none", "input does not match any value of interface"),
        ("/interface set ether1 disabled=perhaps", "input does not match any value of disabled"),
        (':error "so be it"', "so be it"),
    ],
)
def test_mistakes_are_told_as_the_console_tells_them(router: Router, script: str, error: str) -> None:
    assert refused(router, script) == error


def test_nothing_is_run_of_text_that_cannot_be_read(router: Router) -> None:
    printed = execute(router, None, ':put one\n/system identity set name=changed\n/ip address add ="x"')
    assert printed.unreadable
    assert "one" not in printed.text
    assert "changed" not in said(router, "/system identity print")


def test_what_was_done_before_an_error_stays_done_and_the_place_is_known(router: Router) -> None:
    printed = execute(
        router, None, "/system identity set name=changed\n/ip address\nadd address=1.1.1.1/8 interface=no"
    )
    assert printed == Printed(
        "input does not match any value of interface\n",
        failed=True,
        error="input does not match any value of interface",
        place="/ip/address/add (interface); line 3",
    )
    assert said(router, ":put [/system identity get name]") == "changed\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"a\\b\$c"', "a\\b$c"),
        (r'"a\r\nb"', "a\r\nb"),
        (r'"a\_b"', "a b"),
        (r'"\C3\A9\09"', "é\t"),
        ('"a\\\n    b"', "ab"),
        ("a\\\n    b", "ab"),
        ('"?"', "?"),
        ("10.0.0.1/24", "10.0.0.1/24"),
        ('("a" . 1 + 2)', "a3"),
        ('"$(1 + 1) [x] $[:put hidden]"', "2 [x] "),
    ],
)
def test_values_mean_what_they_say(router: Router, written: str, meant: str) -> None:
    said(router, f"/system identity set name={written}")
    assert Desk(router=router).rows("/system/identity/print") == [{"name": meant}]


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        (":local a 5; :if ($a > 3 && $a<10) do={:put yes} else={:put no}", "true\n"),
        (":foreach i in={1;2;3} do={:put ($i * 2)}", "2\n4\n6\n"),
        (':foreach k,v in={a=1;b=2} do={:put "$k-$v"}', "a-1\nb-2\n"),
        (":for i from=3 to=1 do={:put $i}", "3\n2\n1\n"),
        (":local n 0; :while ($n < 3) do={:set n ($n + 1)}; :put $n", "3\n"),
        (":do {/ip address remove *99} on-error={:put caught}", "caught\n"),
        (":global f do={:return ($1 . $x)}; :put [$f a x=b]", "ab\n"),
        (':put [:pick "abcdef" 1 3]; :put [:find "abc" c]; :put [:len "abc"]', "bc\n2\n3\n"),
        (":put [:typeof [/interface get ether1 disabled]]; :put [/interface get ether1 disabled]", "bool\nfalse\n"),
        (':put ({a=1;b=2}->"b"); :put (1d2h + 30m)', "2\n1d2h30m\n"),
        ('{:local a 1; :put $a}; :put "<$a>"', "1\n<>\n"),
        ("# a comment\n:put 1 ; :put 2", "1\n2\n"),
        (":put [/interface find name=none]", "\n"),
    ],
)
def test_the_language(router: Router, script: str, printed: str) -> None:
    assert said(router, script) == printed


def test_a_global_variable_outlives_its_script(router: Router) -> None:
    said(router, ":global kept 7")
    assert said(router, ":global kept; :put $kept") == "7\n"


def test_a_script_that_runs_on_for_ever_ends(router: Router) -> None:
    assert refused(router, ":while (true) do={}") == "interrupted"


def test_the_log_is_written(router: Router) -> None:
    said(router, ':log warning "disk is full"')
    entry = router.part(Log).entries[-1]
    assert (entry.topics, entry.message) == ("script,warning", "disk is full")


def test_nothing_found_is_nothing_to_change(router: Router) -> None:
    assert said(router, "/ip address remove [find interface=none]") == ""
    assert refused(router, "/ip address get [find interface=none] address") == "no such item"


def test_a_monitor_tells_one_sample(router: Router) -> None:
    assert "  rx-bits-per-second: " in said(router, "/interface monitor-traffic ether1 once")
    assert "status: link-ok" in said(router, "/interface ethernet monitor ether1 once")


def test_groups_of_properties_go_on_from_the_last(router: Router) -> None:
    desk = Desk("hap_ax2")
    said(desk.router, "/interface wifi set wifi1 configuration.ssid=a .ssid=b")
    assert desk.rows("/interface/wifi/print", "?name=wifi1")[0]["configuration.ssid"] == "b"


@pytest.mark.skipif(not THERE, reason=WHY)
def test_the_text_of_every_real_export_is_readable_but_for_names_that_a_device_lacks() -> None:
    shells = {"6": Shell(Desk("hap_ac_lite").router), "7": Shell(Desk("ccr2004").router)}
    read = [shells["6" if "by RouterOS 6" in text else "7"].check(text) for text in exports().values()]
    wrong = [printed.error for printed in read if printed.failed]
    assert len(wrong) < len(read) - 25
    assert all(error.startswith(("bad command name", "expected end of command")) for error in wrong), wrong


def test_a_rule_is_added_in_front_of_another_one_or_copied(router: Router) -> None:
    menu = "/ip firewall raw"
    said(router, f"{menu} add chain=prerouting action=drop comment=a")
    said(router, f"{menu} add chain=prerouting action=accept place-before=[find comment=a] comment=b")
    said(router, f"{menu} add copy-from=[find comment=a] comment=c")
    told = said(router, f":foreach r in=[{menu} find] do={{ :put [{menu} get $r comment] }}")
    assert told.split() == ["b", "a", "c"]
    assert "expected end" in refused(router, "/ip address add address=192.0.2.1/24 place-before=0")
