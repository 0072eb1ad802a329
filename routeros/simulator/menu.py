"""What a menu of a router is: stored rows, what is measured beside them, and what may be changed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from routeros.simulator.model import Model
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Row
from routeros.simulator.router import Router
from routeros.simulator.wire import Call

Check: TypeAlias = Callable[[str, str], str]
"""Takes a property's name and the value asked for, returns the value to store, raises Refused."""


def everywhere(_: Model) -> bool:
    return True


def nothing(_: Model) -> Sequence[Row]:
    return ()


def as_stored(_: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return rows


class Everything(Container[str]):
    """The names of all properties."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = Everything()


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: found by the loader of ``menus/``.

    ``stored`` makes the rows that a new device begins with; they live under ``store``, which several menus may share
    (``where`` then picks this menu's). ``show`` adds what is measured, and may
    leave out what is not wanted. ``single`` menus have one row without ``.id``,
    ``bare`` ones nothing but their commands.
    ``exists`` tells on which devices the menu is. ``required`` properties make rows addable and removable;
    ``admit`` refuses a new row that may not stand beside the others. ``changed`` is told a row before and after a
    change.
    """

    path: str
    stored: Callable[[Model], Sequence[Row]] = nothing
    show: Callable[[Router, Sequence[Row], Container[str]], Sequence[Row]] = as_stored
    store: str = ""
    where: Callable[[Row], bool] | None = None
    single: bool = False
    bare: bool = False
    exists: Callable[[Model], bool] = everywhere
    writable: Mapping[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] | None = None
    admit: Callable[[Router, Iterable[Row], Row], None] | None = None
    changed: Callable[[Router, Row, Row], None] | None = None
    commands: Mapping[str, Callable[[Router, Call], Outcome]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The name of the stored table."""
        return self.store or self.path

    @property
    def verbs(self) -> frozenset[str]:
        """What this menu can be told to do."""
        if self.bare:
            return frozenset(self.commands)
        verbs = {"print", "getall", "get", *self.commands}
        verbs |= {"set"} if self.writable else set()
        verbs |= {"find", "listen"} if not self.single else set()
        verbs |= {"enable", "disable"} & ({"enable", "disable"} if "disabled" in self.writable else set())
        verbs |= {"comment"} if "comment" in self.writable else set()
        verbs |= {"add", "remove"} if self.required is not None else set()
        return frozenset(verbs)


def words(_: str, value: str) -> str:
    """Take any text."""
    return value


def switch(name: str, value: str) -> str:
    """Take a boolean."""
    if value not in ("yes", "no", "true", "false"):
        raise Refused(f"input does not match any value of {name}", ARGUMENT)
    return "true" if value in ("yes", "true") else "false"


def number(low: int, high: int) -> Check:
    """Take a whole number within bounds."""

    def check(name: str, value: str) -> str:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise Refused(f"value of {name} out of range ({low}..{high})", ARGUMENT)
        return str(int(value))

    return check
