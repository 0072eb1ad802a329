"""The line being typed: every key against what a list of characters would do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routeros.simulator.doors.ssh.line import Line


def typed(line: Line, text: str) -> Line:
    for character in text:
        line.put(character)
    return line


def test_characters_go_where_the_cursor_stands() -> None:
    line = typed(Line(), "adress")
    line.home()
    line.right()
    line.put("d")
    assert (line.text, line.at) == ("address", 2)
    line.end()
    line.erase()
    assert line.text == "addres"
    line.left()
    line.delete()
    assert (line.text, line.at) == ("addre", 5)


def test_what_is_before_or_behind_the_cursor_can_be_taken_away() -> None:
    line = typed(Line(), "print detail")
    for _ in range(6):
        line.left()
    line.kill()
    assert (line.text, line.at) == ("detail", 0)
    line.right()
    line.cut()
    assert (line.text, line.at) == ("d", 1)


def test_earlier_lines_come_back_once_each_and_end_in_an_empty_one() -> None:
    line = Line()
    for text in ("one", "two", "two", "  "):
        typed(line, text)
        assert line.take() == text
    seen = []
    for move in (line.older, line.older, line.older, line.newer, line.newer, line.newer):
        move()
        seen.append(line.text)
    assert seen == ["two", "one", "one", "two", "", ""]


MOVES = (
    Line.erase, Line.delete, Line.kill, Line.cut, Line.left, Line.right, Line.home, Line.end, Line.older, Line.newer,
    Line.clear,
)  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=3), st.sampled_from(MOVES), st.just(Line.take))))
def test_the_cursor_never_leaves_the_line(moves: list[object]) -> None:
    line = Line()
    for move in moves:
        if isinstance(move, str):
            line.put(move)
        else:
            move(line)
        assert 0 <= line.at <= len(line.text)
