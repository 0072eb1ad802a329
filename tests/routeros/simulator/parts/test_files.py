"""Files: what fits, what lasts, and how contents are told in whole or in parts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routeros.simulator.faults import Fault, Kind
from routeros.simulator.menus.file import LONGEST
from routeros.simulator.outcome import Refused
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import FULL, Files
from tests.routeros.simulator.desk import Desk, running

LONG = timedelta(minutes=30)
"""Every restart is over after so long."""


def names(desk: Desk) -> list[str]:
    return [row["name"] for row in desk.rows("/file/print", "=.proplist=name")]


def test_a_file_is_added_written_read_and_removed() -> None:
    desk = Desk()
    ((_, done),) = desk.ask("/file/add", "=name=x.rsc", "=contents=/ip address\n")
    (row,) = desk.rows("/file/print", "?name=x.rsc")
    assert row == {
        ".id": done["ret"],
        "name": "x.rsc",
        "type": "script",
        "size": "12",
        "last-modified": row["last-modified"],
        "contents": "/ip address\n",
    }
    assert desk.trap("/file/add", "=name=x.rsc")["message"] == "failure: file already exists"
    desk.rows("/file/set", f"=.id={done['ret']}", "=contents=ñ")
    assert desk.rows("/file/print", "?name=x.rsc", "=.proplist=size,contents") == [{"size": "2", "contents": "ñ"}]
    desk.rows("/file/remove", "=numbers=x.rsc")
    assert desk.trap("/file/remove", "=numbers=x.rsc") == {"category": "0", "message": "no such item"}


@pytest.mark.parametrize(("length", "taken"), [(LONGEST, True), (LONGEST + 1, False), (61_440, False)])
def test_contents_have_a_limit(length: int, taken: bool) -> None:
    desk = Desk()
    desk.ask("/file/add", "=name=x")
    words = ("/file/set", "=.id=x", f"=contents={'a' * length}")
    if taken:
        assert desk.rows(*words) == []
    else:
        assert desk.trap(*words) == {"message": "failure: contents too long"}
    assert len(desk.router.part(Files).read("x")) == (length if taken else 0)


def test_a_word_far_too_long_ends_the_connection() -> None:
    desk = Desk()
    desk.ask("/file/add", "=name=x")
    assert desk.ask("/file/set", "=.id=x", f"=contents={'a' * 102_400}") == []
    assert desk.paper.end == "aborted"


def test_long_contents_are_told_in_parts_only() -> None:
    desk = Desk()
    data = bytes(range(128)) * 800
    desk.router.part(Files).write("x.bin", data)
    (row,) = desk.rows("/file/print", "?name=x.bin")
    assert (row["size"], "contents" in row, row["type"]) == ("102400", False, ".bin file")
    told = b""
    while part := desk.rows("/file/read", "=file=x.bin", f"=offset={len(told)}", "=chunk-size=32768")[0]["data"]:
        told += part.encode("utf-8", "surrogateescape")
    assert told == data
    refused = desk.trap("/file/read", "=file=x.bin", "=chunk-size=32769")
    assert refused["message"] == "value of chunk-size out of range (1..32768)"
    assert desk.trap("/file/read", "=file=nope")["message"] == "no such item"


def test_what_there_is_follows_the_version() -> None:
    old, middle, new = Desk("hap_ac_lite"), running("wap_ac", "7.12.1"), running("chr", "7.24.4")
    assert old.trap("/file/add", "=name=x")["message"] == "no such command"
    assert middle.trap("/file/read", "=file=x")["message"] == "no such command"
    assert "creation-time" in middle.rows("/file/print")[0]
    assert "last-modified" in running("wap_ac", "7.16.2").rows("/file/print")[0]
    ((_, done),) = new.ask("/file/add", "=name=x")
    assert done["ret"].startswith("**")
    assert len(done["ret"]) == 34
    new.rows("/file/set", f"=.id={done['ret']}", "=contents=y")
    old.router.part(Files).write("x.txt", b"a" * 4096)
    assert "contents" not in old.rows("/file/print", "?name=x.txt")[0]


def test_a_small_board_keeps_what_is_in_flash() -> None:
    desk = Desk("wap_ac")
    assert [row["type"] for row in desk.rows("/file/print", "?name=flash")] == ["disk"]
    for name in ("x.rsc", "flash/x.rsc"):
        desk.router.part(Files).write(name, b"1")
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    assert names(Desk(router=desk.router)) == ["flash", "flash/skins", "flash/x.rsc"]


def test_a_larger_board_keeps_everything_and_has_no_flash() -> None:
    desk = Desk("hap_ax2")
    desk.rows("/file/add", "=name=x.rsc")
    assert desk.trap("/file/add", "=name=flash/x.rsc")["message"] == "failure: no such directory"
    desk.router.part(Boot).restart()
    desk.hands.turn(LONG)
    assert names(Desk(router=desk.router)) == ["skins", "x.rsc"]


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    desk = Desk("wap_ac")
    files = desk.router.part(Files)
    room = files.free
    assert 500_000 < room < 2_000_000
    files.write("flash/x", b"a" * 1000)
    assert files.free == room - 1000
    with pytest.raises(Refused, match=FULL):
        files.write("flash/x", b"b" * (room + 1))
    assert files.read("flash/x") == b"a" * 1000
    files.write("in RAM", b"b" * (room + 1))


def test_a_full_disk_takes_nothing_but_lets_go() -> None:
    desk = Desk("hap_ax2")
    files = desk.router.part(Files)
    files.write("x", b"1")
    desk.router.faults[Kind.DISK_FULL] = Fault(Kind.DISK_FULL)
    assert desk.trap("/file/add", "=name=y")["message"] == FULL
    assert desk.trap("/file/set", "=.id=x", "=contents=22")["message"] == FULL
    desk.rows("/file/remove", "=.id=x")
    desk.router.faults.clear()
    desk.rows("/file/add", "=name=y")


@pytest.mark.parametrize(("persona", "left"), [("ccr2004", b""), ("crs326", b"new")])
def test_a_loss_of_power_empties_what_was_just_written_to_nand(persona: str, left: bytes) -> None:
    desk = Desk(persona)
    files = desk.router.part(Files)
    place = "flash/" if files.has_flash else ""
    files.write(f"{place}old", b"old")
    desk.clock.advance(timedelta(seconds=40))
    files.write(f"{place}new", b"new")
    desk.router.part(Boot).lose_power(timedelta(seconds=5))
    assert (files.read(f"{place}old"), files.read(f"{place}new")) == (b"old", left)


def test_directories_and_names() -> None:
    desk = Desk()
    desk.rows("/file/add", "=name=d", "=type=directory")
    desk.rows("/file/add", "=name=d/x.backup")
    assert [row["type"] for row in desk.rows("/file/print", "?name=d/x.backup")] == ["backup"]
    desk.rows("/file/set", "=.id=d/x.backup", "=name=d/y")
    desk.rows("/file/remove", "=.id=d")
    assert names(desk) == ["skins"]
    assert desk.trap("/file/add", "=name=no/x")["message"] == "failure: no such directory"
    assert Desk("wap_ac").trap("/file/remove", "=.id=flash")["message"] == "failure: can not remove disk"


def test_a_directory_is_renamed_with_all_in_it_and_not_into_itself() -> None:
    desk = Desk()
    desk.rows("/file/add", "=name=d", "=type=directory")
    desk.rows("/file/add", "=name=d/x", "=contents=1")
    assert desk.trap("/file/set", "=.id=d", "=name=d/e")["message"] == "failure: can not rename"
    assert desk.trap("/file/set", "=.id=d", "=name=")["message"] == "failure: file already exists"
    desk.rows("/file/set", "=.id=d", "=name=e")
    assert names(desk) == ["e", "e/x", "skins"]
    assert desk.rows("/file/print", "?name=e/x", "=.proplist=contents") == [{"contents": "1"}]


def test_a_full_disk_lets_a_file_be_renamed_but_not_moved_into_it() -> None:
    desk = running("wap_ac", "7.20.6")
    desk.rows("/file/add", "=name=ram.txt", "=contents=12345")
    desk.rows("/file/add", "=name=flash/kept.txt", "=contents=12345")
    mishaps.strike(desk.router, Fault(Kind.DISK_FULL))
    desk.rows("/file/set", "=.id=ram.txt", "=name=other.txt")
    assert desk.trap("/file/set", "=.id=other.txt", "=name=flash/other.txt")["message"] == FULL


def test_who_listens_is_told_of_files() -> None:
    desk = Desk()
    desk.ask("/file/listen", "=.proplist=name")
    told = desk.ask("/file/add", "=name=x")
    assert [row.get("name") for word, row in told if word == "!re"] == ["x"]
    told = desk.ask("/file/set", "=.id=x", "=name=y")
    assert [row.get("name") for word, row in told if word == "!re"] == ["y"]
    gone = desk.ask("/file/remove", "=.id=y")
    assert [row[".dead"] for word, row in gone if word == "!re"] == ["true"]


def test_files_need_policies() -> None:
    desk = Desk()
    desk.rows("/user/add", "=name=w", "=group=write", "=password=x")
    writer = Desk(router=desk.router, login=False)
    writer.ask("/login", "=name=w", "=password=x")
    assert writer.trap("/file/add", "=name=x") == {"message": "not enough permissions (9)"}
    assert len(writer.rows("/file/print")) == 1
