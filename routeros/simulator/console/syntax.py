"""What console text is made of, once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are: quoted, or bare (``yes``, ``10.0.0.1/24``), which may be numbers or booleans."""

    value: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """A quoted text with variables, commands or expressions in it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``: a variable, or a property within a condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the row that a condition is asked of."""

    name: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """``[ … ]``: what the last command in it returns."""

    script: Script


@dataclass(frozen=True, slots=True)
class Code:
    """``{ … }`` after ``do=``, ``else=``, ``on-error=`` and as the text of scripts."""

    script: Script | None
    source: str


@dataclass(frozen=True, slots=True)
class Listing:
    """``{1;2;"a"=3}``."""

    items: tuple[tuple[Node | None, Node], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with what stands on both sides of it; a sign before a value has nothing to its left."""

    sign: str
    left: Node | None
    right: Node


Node: TypeAlias = Text | Joined | Variable | Property | Substitution | Code | Listing | Operation


@dataclass(frozen=True, slots=True)
class Argument:
    """``name=value``, ``name`` alone or a value alone."""

    name: str | None
    value: Node | None
    place: int


@dataclass(frozen=True, slots=True)
class Command:
    """One command: of a menu, or of the language itself (``:put``), whose menu is ``:``. ``where`` is its condition.

    Without a verb it goes to the menu.
    """

    menu: str
    verb: str
    arguments: tuple[Argument, ...]
    line: int
    where: Node | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """``{ … }`` among the commands."""

    script: Script


@dataclass(frozen=True, slots=True)
class Calling:
    """``$function argument``: run a script that is kept in a variable."""

    name: str
    arguments: tuple[Argument, ...]
    line: int


Statement: TypeAlias = Command | Block | Calling


@dataclass(frozen=True, slots=True)
class Script:
    """Commands in their order."""

    statements: tuple[Statement, ...]
