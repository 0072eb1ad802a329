"""Lines, words and quotes of exports."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.export import parse
from routeros.export.lexer import lines, quote, split, unquote

VALUES = st.text(st.characters(codec="utf-8"), max_size=40) | st.text('ab \\"$?[]{}()=;#\n\r\t', max_size=20)


@given(VALUES)
def test_any_value_survives_its_quotes(value: str) -> None:
    assert unquote(quote(value)) == value
    assert quote(value).isascii()


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_any_arguments_survive_a_command(values: list[str]) -> None:
    written = " ".join(f"a{n}={quote(value)}" for n, value in enumerate(values))
    (command,) = parse(f"/ip address\nadd {written}\n").commands
    assert (command.menu, command.verb) == ("/ip/address", "add")
    assert command.arguments == {f"a{n}": value for n, value in enumerate(values)}


@given(st.text('ab "=;\n\\', max_size=20), st.integers(0, 40), st.sampled_from(["\\\n    ", "\\\r\n    "]))
def test_a_joint_between_any_two_signs_changes_nothing(value: str, place: int, joint: str) -> None:
    signs = re.findall(r"(?:\\.|.) *", quote(value))
    cut = min(place, len(signs))
    written = "".join([*signs[:cut], joint, *signs[cut:]])
    (command,) = parse(f"/ip address\nadd comment={written}\n").commands
    assert command.arguments == {"comment": value}


@given(st.text('ab \\"[]{}#/=\n\r', max_size=80))
def test_any_text_prints_back(text: str) -> None:
    assert str(parse(text)) == text
    assert "".join(line.raw for line in lines(text)) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"\\D0\\9F x"', "П x"),
        ('"\\E9"', "\udce9"),
        ('"a\\_b"', "a b"),
        ('"\\\\41"', "\\41"),
        ("bare", "bare"),
        ('"open', '"open'),
        ('""', ""),
    ],
)
def test_what_a_device_writes_is_understood(written: str, value: str) -> None:
    assert unquote(written) == value


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("set [ find default-name=ether1 ] mtu=9000", ["set", "[ find default-name=ether1 ]", "mtu=9000"]),
        ('add comment="a \\" b" x=1', ["add", 'comment="a \\" b"', "x=1"]),
        ("add  on-event={:put 1; :put [x y]}  a", ["add", "on-event={:put 1; :put [x y]}", "a"]),
        ('add comment="a]" [ find name="x ]" ]', ["add", 'comment="a]"', '[ find name="x ]" ]']),
        ("", []),
    ],
)
def test_words_hold_together_what_is_in_quotes_and_brackets(line: str, words: list[str]) -> None:
    assert split(line) == words
