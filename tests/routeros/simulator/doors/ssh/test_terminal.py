"""The terminal without a network: prompts, typing, walking, and what the commands print."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from routeros.simulator.doors.ssh.look import Look
from routeros.simulator.doors.ssh.terminal import Terminal, crlf
from tests.routeros.simulator.desk import Desk

PLAIN = Look(colours=False, dumb=True, width=80)


class Screen:
    """One terminal of a router of a persona, and all that was written to it."""

    def __init__(self, persona: str = "hap_ax2", look: Look = PLAIN, desk: Desk | None = None) -> None:
        self.desk = desk or Desk(persona)
        self.router = self.desk.router
        self.said = ""
        self.who = self.router.enter("admin", "192.0.2.7:40000", "ssh")
        self.terminal = Terminal(self.router, self.who, look, self._write)
        self.terminal.begin()

    def _write(self, text: str) -> None:
        self.said += text

    def type(self, *typed: str) -> str:
        """Type in pieces, and return what that made the router write."""
        self.said = ""
        for piece in typed:
            self.terminal.feed(piece)
        return self.said

    @property
    def prompt(self) -> str:
        return self.type("\x03").removeprefix("\r\n")


def walk(screen: Screen, lines: Iterable[str]) -> list[str]:
    return [screen.type(f"{line}\r").rpartition("\n")[2].rpartition("]")[2] for line in lines]


def test_the_prompt_tells_user_and_identity_and_follows_a_new_name() -> None:
    screen = Screen()
    name = screen.router.model.identity
    assert screen.said == f"[admin@{name}] > "
    screen.desk.ask("/system/identity/set", "=name=core ] >")
    assert screen.type("\r") == "\r\n[admin@core ] >] > "


@pytest.mark.parametrize(
    ("persona", "expected"),
    [
        ("hap_ax2", [" /ip> ", " /ip/address> ", " /ip> ", " /system/identity> ", " > ", " > "]),
        ("hap_ac_lite", [" /ip> ", " /ip address> ", " /ip> ", " /system identity> ", " > ", " > "]),
    ],
)
def test_one_walks_from_menu_to_menu(persona: str, expected: list[str]) -> None:
    assert walk(Screen(persona), ["ip", "addr", "..", "/system identity", "/", ".."]) == expected


def test_colours_are_there_only_for_those_who_want_them() -> None:
    assert "\x1b[3" in Screen(look=Look(colours=True, dumb=False, width=80)).said
    assert "\x1b" not in Screen(look=Look(colours=False, dumb=False, width=80)).said
    screen = Screen()
    assert "\x1b" not in screen.said + screen.type("ip\x7f\x7f/ip\r\x1b[A\x03")


def test_what_is_typed_is_echoed_and_can_be_corrected() -> None:
    screen = Screen(look=Look(colours=False, dumb=False, width=80))
    prompt = screen.prompt
    assert screen.type("i", "pp") == "ipp"
    assert screen.type("\x7f") == f"\r{prompt}ip\x1b[K"
    assert screen.type("\x1b", "[", "D") == f"\r{prompt}ip\x1b[K\x1b[1D"
    assert screen.type("\x15") == f"\r{prompt}p\x1b[K\x1b[1D"
    assert screen.type("\x03") == f"\r\n{prompt}"
    assert screen.type("\r") == f"\r{prompt}\x1b[K\r\n{prompt}"


def test_a_dumb_terminal_is_corrected_without_escapes() -> None:
    screen = Screen()
    prompt = screen.prompt
    assert screen.type("ipx\x7f") == f"ipx\r{prompt}ip \b"


@pytest.mark.parametrize("leaving", ["/quit\r", "quit\r", "\x04", "\x15\x04", "ip\x7f\x7f\x04"])
def test_one_leaves_by_a_command_or_a_key(leaving: str) -> None:
    screen = Screen()
    screen.type(leaving, "more\r")
    assert screen.terminal.over
    assert not screen.said.endswith("> ")


def test_a_key_that_would_end_the_session_deletes_where_something_is_typed() -> None:
    screen = Screen()
    screen.type("xip\x01\x04\r")
    assert not screen.terminal.over
    assert screen.prompt.endswith("] /ip> ")


def test_an_earlier_line_comes_back() -> None:
    screen = Screen()
    screen.type("/ip address\r", "/\r", "\x1b[A", "\x1b[A", "\r")
    assert screen.prompt.endswith("] /ip/address> ")


def test_control_characters_and_unknown_keys_are_passed_over() -> None:
    screen = Screen()
    screen.type("\x00\x1b[15~\x1b[200~ip\x1b[Z\t\r")
    assert screen.prompt.endswith("] /ip> ")


def test_a_command_prints_its_lines_and_the_prompt_comes_again() -> None:
    screen = Screen()
    prompt = screen.prompt
    assert screen.type(":put 5\r") == f":put 5\r\n5\r\n{prompt}"


def test_a_command_works_in_the_menu_that_one_is_in() -> None:
    screen = Screen()
    screen.type("/system/identity\r", "set name=north\r", ":put [get name]\r")
    assert "\nnorth\r\n" in screen.said
    assert screen.prompt == "[admin@north] /system/identity> "


def test_a_terminal_that_never_says_its_size_is_shown_prompts_only() -> None:
    screen = Screen(look=Look(colours=False, dumb=False, width=0, asked=True))
    assert screen.said.startswith("\r\x1b[9999;9999H\x1b[6n\r")
    assert "7" not in screen.type(":put (3+4)\r")
    assert "\n7\r\n" in screen.type("\x1b[40;120R", ":put (3+4)\r")


NAME = "/system/identity/print"


def rename(screen: Screen) -> str:
    """Change the name and tell the one before."""
    ((_, row), _) = screen.desk.ask(NAME)
    screen.type("/system/identity/set name=changed\r")
    assert screen.desk.rows(NAME) == [{"name": "changed"}]
    return row["name"]


@pytest.mark.parametrize("persona", ["hap_ax2", "hap_ac_lite"])
def test_safe_mode_shows_in_the_prompt_until_it_is_let_go(persona: str) -> None:
    screen = Screen(persona)
    name = screen.router.model.identity
    assert screen.type("\x18") == f"\r\n[Safe Mode taken]\r\n[admin@{name}] <SAFE> "
    screen.type("/system identity\r")
    assert screen.prompt.endswith(("/identity<SAFE> ", " identity<SAFE> "))
    rename(screen)
    assert screen.type("\x18").startswith("\r\n[Safe Mode released]\r\n[admin@changed] ")
    screen.type("\x04")
    assert screen.terminal.over
    assert screen.desk.rows(NAME) == [{"name": "changed"}]


def test_leaving_by_a_key_in_safe_mode_takes_the_changes_back() -> None:
    screen = Screen()
    screen.type("\x18")
    before = rename(screen)
    screen.type("\x04")
    assert screen.terminal.over
    assert screen.desk.rows(NAME) == [{"name": before}]


def test_leaving_by_a_command_in_safe_mode_lets_them_stay() -> None:
    screen = Screen()
    screen.type("\x18")
    rename(screen)
    screen.type("/quit\r")
    screen.router.leave(screen.who)
    screen.desk.hands.turn(timedelta(minutes=1))
    assert screen.desk.rows(NAME) == [{"name": "changed"}]


def test_a_session_that_is_lost_in_safe_mode_takes_them_back_a_moment_later() -> None:
    screen = Screen()
    screen.type("\x18")
    before = rename(screen)
    screen.router.leave(screen.who)
    assert screen.desk.rows(NAME) == [{"name": "changed"}]
    screen.desk.hands.turn(timedelta(seconds=3))
    assert screen.desk.rows(NAME) == [{"name": before}]


@pytest.mark.parametrize(("answer", "mine", "kept"), [("u", True, False), ("r", True, True), ("xd", False, True)])
def test_safe_mode_of_another_session_can_be_taken_over(answer: str, mine: bool, kept: bool) -> None:
    first = Screen()
    first.type("\x18")
    before = rename(first)
    second = Screen(desk=first.desk)
    assert "Hijacking Safe Mode from admin" in second.type("\x18")
    second.type(answer)
    assert ("<SAFE>" in second.prompt, "<SAFE>" in first.prompt) == (mine, not mine)
    assert first.desk.rows(NAME) == [{"name": "changed" if kept else before}]


def test_lines_end_as_a_router_ends_them() -> None:
    assert crlf("one\ntwo\r\nthree\n") == "one\r\ntwo\r\nthree\r\n"
