"""An export as a document: its header, comments, sections and commands, which print back byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from routeros.export import lexer
from routeros.export.lexer import Line

VERBS: Final = frozenset(
    {"add", "set", "remove", "move", "enable", "disable", "unset", "reset", "print", "export", "comment", "edit"}
)
_BY: Final = re.compile(r"#\s*(?:(?P<date>\S+(?: [0-9:]+)?)\s+)?by RouterOS (?P<version>\S+)")
_FACT: Final = re.compile(r"#\s*(?P<name>software id|system id|model|serial number)\s*=\s*(?P<value>.*?)\s*\Z")
_NAMED: Final = re.compile(r"(!?\.?[A-Za-z0-9][\w.-]*)=", re.ASCII)
_STEP: Final = re.compile(r"[A-Za-z0-9.-]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """What an export says of itself before the first section; empty where it does not say."""

    date: str = ""
    version: str = ""
    software_id: str = ""
    system_id: str = ""
    model: str = ""
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that is no command: a comment, or nothing at all."""

    line: Line


@dataclass(frozen=True, slots=True)
class Section:
    """A line that only says which menu follows."""

    line: Line
    menu: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command, in full. ``target`` is what stands without a name: ``[ find default-name=ether1 ]``, ``ftp``.

    ``arguments`` hold values out of their quotes, None for a name alone; ``.as`` is told by its whole name. They may
    be secrets and are never printed.
    """

    line: Line = field(compare=False, repr=False)
    menu: str
    verb: str
    target: str = ""
    arguments: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> str:
        """Tell an argument's value; empty where there is none."""
        return self.arguments.get(name) or ""


@dataclass(frozen=True, slots=True)
class Document:
    """An export. ``str(document)`` is the text that it was read from."""

    entries: tuple[Comment | Section | Command, ...]

    def __str__(self) -> str:
        return "".join(entry.line.raw for entry in self.entries)

    @property
    def commands(self) -> Iterator[Command]:
        return (entry for entry in self.entries if isinstance(entry, Command))

    @property
    def comments(self) -> Iterator[str]:
        """The comments, each from its ``#`` on."""
        return (e.line.text.strip() for e in self.entries if isinstance(e, Comment) and e.line.text.strip())

    @property
    def sections(self) -> Mapping[str, tuple[Command, ...]]:
        """The commands of each menu, menus and commands in the order of the text."""
        found: dict[str, list[Command]] = {}
        for command in self.commands:
            found.setdefault(command.menu, []).append(command)
        return {menu: tuple(commands) for menu, commands in found.items()}

    @property
    def header(self) -> Header:
        facts: dict[str, str] = {}
        for comment in self.comments:
            if by := _BY.match(comment):
                facts |= {name: value for name, value in by.groupdict().items() if value and name not in facts}
            elif fact := _FACT.match(comment):
                facts.setdefault(fact["name"].replace(" ", "_"), fact["value"])
        return Header(**facts)


def parse(text: str) -> Document:
    """Read an export; nothing is refused, and what is no command is kept as it is."""
    entries: list[Comment | Section | Command] = []
    menu = ""
    for line in lexer.lines(text):
        entry = _entry(line, menu)
        if isinstance(entry, Section):
            menu = entry.menu
        entries.append(entry)
    return Document(tuple(entries))


def _entry(line: Line, menu: str) -> Comment | Section | Command:
    stripped = line.text.strip()
    if not stripped or stripped.startswith("#"):
        return Comment(line)
    words = lexer.split(stripped)
    if stripped.startswith("/"):
        menu, words = _path(words)
    if not words:
        return Section(line, menu)
    verb, *rest = words
    named = verb == "add" or any(_NAMED.match(word) for word in rest)
    target = [] if verb == "add" else _target(rest) if named else rest
    return Command(line, menu, verb, " ".join(target), _arguments(rest[len(target) :]))


def _path(words: list[str]) -> tuple[str, list[str]]:
    """Cut the path off in front of a verb: ``/ip address add``, ``/ip/address/add`` or ``/ip address``."""
    parts: list[str] = []
    for place, word in enumerate(words):
        for step in (step for step in word.split("/") if step):
            if step in VERBS or not _STEP.match(step):
                return "/" + "/".join(parts), [step, *words[place + 1 :]]
            parts.append(step)
    return "/" + "/".join(parts), []


def _target(words: list[str]) -> list[str]:
    """Tell the words in front of the first that bears a name."""
    return list(takewhile(lambda word: not _NAMED.match(word), words))


def _arguments(words: list[str]) -> Mapping[str, str | None]:
    arguments: dict[str, str | None] = {}
    group = ""
    for word in words:
        named = _NAMED.match(word)
        if named is None:
            arguments[word] = None
            continue
        name = group + named[1] if named[1].startswith(".") else named[1]
        group = name.rpartition(".")[0] or group
        arguments[name] = lexer.unquote(word[named.end() :])
    return arguments
