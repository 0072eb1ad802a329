"""Any text at all: the command line answers it, never raises and always ends; quoted values come back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.export.lexer import quote, unquote
from routeros.simulator.console import execute
from routeros.simulator.wrapping import quoted, wrapped
from tests.routeros.simulator.desk import Desk

DESK = Desk("chr")
WORDS = st.sampled_from(
    [
        "/ip address", "print", "add", "set", "find", "where", "[", "]", "(", ")", "{", "}", ";", "\n", "\\\n", " ",
        '"', "$", "$a", ":put", ":local a", ":if", "do=", "else=", ":foreach i in=", ":global f do=", ":return 1",
        "=", "!", "~", "<", "and", "or", "address=", "1.1.1.1/24", "interface=ether1", "0", "*1", "x", ",", ".",
        ":do", "on-error=", ":while", "->", "#", "detail", "count-only", "as-value", "/", ":", "..", "%", "-",
        "/export",
    ]
)  # fmt: skip
VALUES = st.text(st.characters(codec="utf-8"), max_size=60) | st.text('ab \\"$?[]{}()=;#\n\r\t', max_size=100)


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=60))
@settings(max_examples=400)
def test_any_text_is_answered(text: str) -> None:
    printed = execute(DESK.router, None, text)
    assert printed.failed == bool(printed.error)
    assert printed.text.endswith(printed.error + "\n" if printed.failed else "")


@given(VALUES)
def test_any_value_is_what_it_was_behind_its_quotes(value: str) -> None:
    for write in (quote, quoted):
        said = execute(DESK.router, None, f"/system identity set name={write(value) if value else chr(34) * 2}")
        assert not said.failed
        assert DESK.rows("/system/identity/print") == [{"name": value}]


@given(VALUES)
def test_both_sides_write_and_continue_a_value_alike(value: str) -> None:
    assert unquote(quoted(value)) == value
    line = wrapped(f"/system identity set name={quoted(value)}")
    assert all(len(part) <= 79 for part in line.split("\n"))
    assert not execute(DESK.router, None, line).failed
    assert DESK.rows("/system/identity/print") == [{"name": value}]


def test_what_is_nested_too_deep_is_refused() -> None:
    for text in ("(" * 5000, "{" * 5000, ":put " + "[" * 5000, ":global f do={$f}; $f"):
        assert execute(DESK.router, None, text).failed
