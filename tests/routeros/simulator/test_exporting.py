"""Exports of simulated routers: whole, in the device's style, and good for making a router anew."""

from __future__ import annotations

import re

import pytest

from fleet.versions import Version
from routeros.export import diff, faults, parse
from routeros.simulator.console import execute
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.exporting import Style, export
from routeros.simulator.faults import Kind, order
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.reset import wipe
from routeros.simulator.router import Router
from routeros.simulator.wrapping import quoted, wrapped
from tests.routeros.export.samples import THERE, WHY, document, exports
from tests.routeros.simulator.desk import Desk

EACH = pytest.mark.parametrize("persona", sorted(PERSONAS))
FULL = Style(sensitive=True)


def blank(persona: str) -> Desk:
    """A router of a persona without configuration, as a reset without defaults leaves it."""
    desk = Desk(persona)
    wipe(desk.router, bare=True, keep_users=True)
    return desk


def body(router: Router, style: Style = FULL) -> str:
    """The export without its header."""
    return re.sub(r"^#.*\n", "", export(router, style), flags=re.MULTILINE)


@EACH
def test_an_export_is_whole_and_prints_back(persona: str) -> None:
    text = export(Desk(persona).router, FULL)
    assert faults(parse(text)) == []
    assert str(parse(text)) == text
    assert all(len(line) <= 79 for line in text.splitlines())


@EACH
@pytest.mark.parametrize("terse", [False, True])
def test_a_fresh_router_that_imports_an_export_exports_the_same(persona: str, terse: bool) -> None:
    source, target = Desk(persona), blank(persona)
    execute(source.router, None, '/system identity set name="a \\"b\\" \\$c é"')
    target.router.part(Files).write("a.rsc", export(source.router, Style(sensitive=True, terse=terse)).encode())
    printed = execute(target.router, None, "/import a.rsc")
    assert printed.text == "\nScript file loaded and executed successfully\n"
    assert body(target.router) == body(source.router)


@EACH
def test_the_header_is_that_of_the_version_and_the_board(persona: str) -> None:
    desk = Desk(persona)
    header, version = parse(export(desk.router, FULL)).header, desk.router.model.version
    style = r"\d{4}-\d\d-\d\d" if version >= Version(7, 10) else r"[a-z]{3}/\d\d/\d{4}"
    assert re.fullmatch(rf"{style} \d\d:\d\d:\d\d", header.date)
    assert header.version == str(version)
    assert (header.model, header.serial_number) == (
        desk.router.model.persona.board.model or "",
        desk.router.model.serial,
    )
    assert bool(header.software_id) == bool(header.model) != bool(header.system_id)


def test_what_was_changed_is_told_in_its_place() -> None:
    desk = Desk("ccr2004")
    before = parse(export(desk.router, FULL))
    script = (
        "/interface ethernet set [ find default-name=ether3 ] name=lan mtu=9000\n"
        '/ip firewall filter add chain=input action=drop comment="a b"\n/ip service set www disabled=no\n'
    )
    execute(desk.router, None, script)
    told = [line for delta in diff(before, parse(export(desk.router, FULL))) for line in delta.lines()]
    assert "+ set [ find default-name=ether3 ] mtu=9000 name=lan" in told
    assert '+ add action=drop chain=input comment="a b"' in told
    assert "- set www disabled=yes" in told


def test_dynamic_rows_and_what_is_measured_are_not_told() -> None:
    desk = Desk("ccr2004")
    dynamic = [row for row in desk.rows("/ip/address/print") if row["dynamic"] == "true"]
    assert dynamic
    told = parse(export(desk.router, FULL)).sections["/ip/address"]
    assert dynamic[0]["address"] not in [command.get("address") for command in told]
    assert all(
        set(command.arguments) <= {"address", "interface", "comment", "disabled", "network"} for command in told
    )


def test_secrets_are_hidden_by_version_7_and_shown_by_version_6() -> None:
    new, old = Desk("hap_ax2"), Desk("hap_ac_lite")
    execute(old.router, None, "/ppp secret add name=a password=geheim")
    execute(new.router, None, "/ppp secret add name=a password=geheim")
    assert "geheim" in execute(old.router, None, "/export").text
    assert "geheim" not in execute(old.router, None, "/export hide-sensitive").text
    assert "geheim" not in execute(new.router, None, "/export").text
    assert "geheim" in execute(new.router, None, "/export show-sensitive").text


def test_a_path_is_exported_alone_and_with_a_condition() -> None:
    router = Desk("ccr2004").router
    text = execute(router, None, "/ip firewall export").text
    assert {command.menu.rpartition("/")[0] for command in parse(text).commands} == {"/ip/firewall"}
    assert len(list(parse(execute(router, None, "/ip address export where interface=vlan10").text).commands)) == 1
    assert "expected end" in execute(router, None, "/ip address export nonsense").error


def test_terse_lines_stand_by_themselves_and_verbose_ones_tell_defaults() -> None:
    router = Desk("ccr2004").router
    terse = [line for line in export(router, Style(terse=True)).splitlines() if not line.startswith("#")]
    assert all(line.startswith("/") and not line.endswith("\\") for line in terse)
    verbose = export(router, Style(verbose=True))
    assert len(verbose) > 2 * len(export(router, Style()))
    assert "arp-timeout=auto" in verbose


def test_a_stuck_menu_is_told_and_the_rest_goes_on_wherever_it_is_asked_for() -> None:
    desk = Desk("ccr2004")
    mishaps.strike(desk.router, order("*:stuck-export:menu=/ip/dns,/ip/pool").fault)
    assert desk.ask("/export", "=file=stuck") == [("!done", {})]
    written = desk.router.part(Files).read("stuck.rsc").decode().replace("\r\n", "\n")
    for text in (export(desk.router, FULL), execute(desk.router, None, "/export").text, written):
        assert '#error exporting "/ip/dns" (timeout)\n' in text
        assert "/system identity\n" in text
        assert len(faults(parse(text))) == 2
    mishaps.lift(desk.router, Kind.STUCK_EXPORT)
    assert faults(parse(export(desk.router, FULL))) == []


def test_a_version_before_7_11_tells_of_no_stuck_menu() -> None:
    desk = Desk("hap_ac_lite")
    mishaps.strike(desk.router, order("*:stuck-export:menu=/ip/dns").fault)
    assert faults(parse(export(desk.router, FULL))) == []


def test_over_the_api_an_export_goes_to_a_file_or_nowhere() -> None:
    desk = Desk("ccr2004")
    assert desk.ask("/export") == [("!done", {})]
    assert desk.ask("/export", "=file=all", "=show-sensitive=", "=terse=") == [("!done", {})]
    assert desk.ask("/ip/address/export", "=file=part") == [("!done", {})]
    read = desk.router.part(Files).read
    assert read("all.rsc").decode().replace("\r\n", "\n") == export(desk.router, Style(terse=True, sensitive=True))
    assert read("part.rsc").count(b"\r\n") == read("part.rsc").count(b"\n") > 5
    assert desk.trap("/export", "=nonsense=")["message"] == "unknown parameter nonsense"
    assert desk.trap("/ip/nonsense/export")["message"] == "no such command prefix"


def test_a_script_is_told_line_by_line_and_comes_back_whole() -> None:
    source = 'if "a" {\r\n  :put "\\\\n $x"\r\n}\n' + "word" * 40
    lines = wrapped(f"add name=x source={quoted(source)}").split("\n")
    assert lines[:3] == [
        'add name=x source="if \\"a\\" {\\r\\',
        '    \\n  :put \\"\\\\\\\\n \\$x\\"\\r\\',
        "    \\n}\\",
    ]
    assert all(len(line) == 78 for line in lines[3:-1])
    (command,) = parse(wrapped(f"add source={quoted(source)}") + "\n").commands
    assert command.get("source") == source


@pytest.mark.skipif(not THERE, reason=WHY)
def test_lines_are_continued_where_real_routers_do_it() -> None:
    """All samples but those that a person put together: without continued lines, or out of several."""
    compared = 0
    for name in exports():
        commands = [] if "~projects~" in name or "_projects~" in name else list(document(name).commands)
        if any("\\" in command.line.raw for command in commands):
            for command in commands:
                assert wrapped(command.line.text) == command.line.raw.replace("\r", "").rstrip("\n"), name
            compared += len(commands)
    assert compared > 7000


def test_what_a_router_always_tells_is_told_as_it_does() -> None:
    desk = Desk("ccr2004")
    desk.rows("/routing/ospf/instance/add", "=name=i")
    desk.rows("/routing/ospf/area/add", "=name=a", "=instance=i")
    desk.rows("/routing/ospf/interface-template/add", "=area=a", "=networks=192.0.2.0/24", "=passive=")
    desk.rows("/system/script/add", "=name=s", "=source=:put 1")
    text = export(desk.router, FULL)
    usual = "ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon"
    joined = text.replace("\\\n    ", "")
    assert "/port\nset 0 name=serial0\n" in text
    assert "add area=a networks=192.0.2.0/24 passive\n" in text
    assert f"add dont-require-permissions=no name=s owner=admin policy={usual} source=" in joined
    again = blank("ccr2004")
    assert not execute(again.router, None, text).failed
    assert body(again.router) == body(desk.router)
