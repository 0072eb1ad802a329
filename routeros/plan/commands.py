"""Console text as steps: what adds, sets, moves and removes is read, anything else is refused with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from fleet.errors import BadInput
from routeros.export import lexer
from routeros.export.document import Command, Comment, Document, Section, parse
from routeros.plan import targets
from routeros.plan.operation import Operation, Row, Verb

SWITCHES: Final = {"enable": "no", "disable": "yes"}
READ: Final = frozenset({*(verb.value for verb in Verb), *SWITCHES})
ROWS: Final = frozenset({"place-before", "destination", "numbers"})
"""Arguments that name rows."""

NEXT: Final = "Write commands of menus only: add, set, unset, remove, move, enable or disable."

Said = tuple[Mapping[str, str], tuple[str, ...]]
"""Properties with their values, and those that are taken away."""

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SIGNS: Final = re.compile(r"[;$\[\](){}]")
_WITHIN: Final = re.compile(r"(?:[^\\$]|\\.)*\$", re.DOTALL)


def read(text: str) -> tuple[Operation, ...]:
    """Read console text or an export; raises BadInput with the line's number.

    ``set ftp,telnet`` becomes a step for each. A row that a step names must be the only one: what leads from one
    configuration to another is made of such steps by ``plan``.
    """
    return steps(parse(text))


def steps(document: Document, *, exported: bool = False) -> tuple[Operation, ...]:
    """Read a document's commands; raises BadInput. One that a device ``exported`` may name menus and say no more."""
    found: list[Operation] = []
    place, waiting = 1, 0
    for entry in document.entries:
        if waiting and not isinstance(entry, Comment | Command):
            raise _unused(waiting)
        if isinstance(entry, Section):
            waiting = place if entry.menu != "/" and not exported else 0
        if isinstance(entry, Command):
            waiting = 0
            found += _told(entry, place)
        place += entry.line.raw.count("\n")
    if waiting:
        raise _unused(waiting)
    return tuple(found)


def _unused(place: int) -> BadInput:
    message = f"Line {place} goes to a menu in which nothing is changed, or is a command that is no change."
    return BadInput(message, f"{NEXT} Leave the line out.")


def _told(command: Command, place: int) -> list[Operation]:
    try:
        _check(command)
        return list(_operations(command))
    except BadInput as wrong:
        raise BadInput(f"Line {place}: {wrong.message}", wrong.next_step) from wrong


def _check(command: Command) -> None:
    """Refuse what is no plain command of a menu: scripts, expressions, several commands in one line."""
    if command.line.broken:
        raise BadInput("A quote is not closed, or the line is cut off.", "Close the quote.")
    if command.verb not in READ:
        raise BadInput(f"{_word(command.verb)} is no change of a configuration.", NEXT)
    if not command.menu or command.menu == "/":
        raise BadInput("It is not said in which menu.", "Begin with the menu, as /ip address add ….")
    for word in lexer.split(command.line.text):
        if word.startswith("[") or word.partition("=")[0] in ROWS:
            continue
        if _SIGNS.search(_QUOTED.sub("", word)) or _WITHIN.match(word):
            raise BadInput(
                "It holds a variable, an expression or a second command.",
                f"{NEXT} Put a value with such signs into quotes, and write a dollar sign as \\$.",
            )


def _word(verb: str) -> str:
    """Tell a word as it may be shown: what is written in its place may be anything."""
    return verb if re.fullmatch(r":?[a-z-]{1,30}", verb) else "This"


def _operations(command: Command) -> Iterator[Operation]:
    target, flags = _split(command)
    values, names = _values({**dict.fromkeys(flags), **command.arguments})
    if command.verb == "add":
        if command.get("copy-from"):
            raise BadInput("A row is copied from another one.", "Write all its properties.")
        yield Operation(Verb.ADD, command.menu, values=values, before=_named(command, "place-before"))
        return
    for row in _meant(command.menu, command.verb, target or command.get("numbers")):
        yield from _on(command, row, flags, (values, names))


def _split(command: Command) -> tuple[str, list[str]]:
    """Tell the target of a command, and the words behind it that have no value."""
    words = lexer.split(command.target)
    if words and not words[0].startswith("!"):
        return words[0], words[1:]
    return "", words


def _on(command: Command, row: Row, marks: list[str], said: Said) -> Iterator[Operation]:
    """Tell what a command does to one row."""
    values, names = said
    menu = command.menu
    match command.verb:
        case "remove":
            yield Operation(Verb.REMOVE, menu, row)
        case "enable" | "disable":
            yield Operation(Verb.SET, menu, row, {"disabled": SWITCHES[command.verb]})
        case "move":
            before = targets.row(menu, marks[0]) if marks else _named(command, "destination")
            yield Operation(Verb.MOVE, menu, row, before=before)
        case "unset":
            taken = (*marks, *filter(None, command.get("value-name").split(",")))
            yield Operation(Verb.UNSET, menu, row, names=taken)
        case _ if values:
            yield Operation(Verb.SET, menu, row, values, names)
        case _ if names:
            yield Operation(Verb.UNSET, menu, row, names=names)


def _values(arguments: Mapping[str, str | None]) -> Said:
    """Tell what properties are given, and which are taken away; a name alone says yes."""
    said = {name: value for name, value in arguments.items() if name not in ROWS}
    values = {name: "yes" if value is None else value for name, value in said.items() if not name.startswith("!")}
    return values, tuple(name[1:] for name in said if name.startswith("!"))


def _named(command: Command, argument: str) -> Row | None:
    written = command.get(argument)
    return targets.row(command.menu, written) if written else None


def _meant(menu: str, verb: str, target: str) -> Iterator[Row]:
    if target:
        yield from targets.rows(menu, target)
    elif verb == "set":
        yield Row()
    else:
        raise BadInput(f"It is not said what to {verb}.", targets.NEXT)
