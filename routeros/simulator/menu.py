"""What a menu of a router is: stored rows, what is measured beside them, and what may be changed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fleet.versions import Version
from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import Check, Field, Ref, number, switch, words
from routeros.simulator.outcome import Outcome, Row
from routeros.simulator.router import Router

__all__ = ["EVERYTHING", "Check", "Menu", "everywhere", "is_seven", "is_six", "number", "switch", "words"]


def everywhere(_: Model) -> bool:
    return True


def is_six(model: Model) -> bool:
    """Tell whether a device runs version 6, whose menus are other ones."""
    return model.version.major < 7


def is_seven(model: Model) -> bool:
    return not is_six(model)


def nothing(_: Model) -> Sequence[Row]:
    return ()


def lone(_: Model) -> Sequence[Row]:
    """The row of a single menu in which everything has its default."""
    return ({},)


def as_stored(_: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return rows


def removable(row: Row) -> str | None:
    """Keep what the router itself made."""
    return "failure: can not remove dynamic item" if row.get("dynamic") == "true" else None


class Everything(Container[str]):
    """The names of all properties."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = Everything()


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu: found by the loader of ``menus/``.

    ``stored`` makes the rows that a new device begins with; they live under ``store``, which several menus may share
    (``where`` then picks this menu's). Rows hold what differs from ``defaults``, which are shown with them.
    ``show`` adds what is measured, and may leave out what is not wanted. ``single`` menus have one row without
    ``.id``. ``exists`` tells on which devices the menu is.

    ``fields`` declare what may be written; ``at`` makes of them, for one version, ``writable``, ``defaults``,
    ``secrets`` (hidden in an export unless it is asked for them), ``refers`` (to rows of other tables) and
    ``clearable`` (what ``unset`` and ``!name`` take away). ``required`` properties make rows addable and removable.
    ``unique`` tells, by the properties that no two rows may share, what the second is refused with; ``admit``
    completes a new row, or refuses one that may not stand beside the others; ``check`` refuses a row that is written
    in any way. ``kept`` tells why a row may not be removed. ``changed`` is told a row before and after a change.

    In an ``ordered`` list rows may be moved. ``marks`` are the properties by which commands name a row; ``anchor``
    is the one by which an export finds those that cannot be added. ``unset`` and ``reset`` say that these verbs are
    there, ``prints`` which arguments ``print`` takes beside the usual ones. A ``bare`` menu has ``commands`` only.
    Menus of the same path and device add up their ``commands``.
    """

    path: str
    stored: Callable[[Model], Sequence[Row]] = nothing
    show: Callable[[Router, Sequence[Row], Container[str]], Sequence[Row]] = as_stored
    store: str = ""
    where: Callable[[Row], bool] | None = None
    single: bool = False
    bare: bool = False
    exists: Callable[[Model], bool] = everywhere
    fields: Mapping[str, Field] = field(default_factory=dict)
    writable: Mapping[str, Check] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    refers: Mapping[str, Ref] = field(default_factory=dict)
    clearable: frozenset[str] = frozenset()
    required: tuple[str, ...] | None = None
    unique: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    admit: Callable[[Router, Iterable[Row], Row], None] | None = None
    check: Callable[[Router, Row], None] | None = None
    kept: Callable[[Row], str | None] = removable
    changed: Callable[[Router, Row, Row], None] | None = None
    commands: Mapping[str, Callable[[Router, Call], Outcome]] = field(default_factory=dict)
    ordered: bool = False
    marks: tuple[str, ...] = ("name",)
    anchor: str = "name"
    unset: bool = False
    reset: bool = False
    prints: frozenset[str] = frozenset()

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
        verbs |= {"enable", "disable"} if "disabled" in self.writable and not self.single else set()
        verbs |= {"comment"} if "comment" in self.writable and not self.single else set()
        verbs |= {"add", "remove"} if self.required is not None else set()
        verbs |= {"move"} if self.ordered else set()
        verbs |= {"unset"} if self.unset else set()
        verbs |= {"reset"} if self.reset else set()
        return frozenset(verbs)

    def at(self, version: Version) -> Menu:
        """Tell the menu as one version has it, its ``fields`` made out."""
        here = {name: field for name, field in self.fields.items() if field.is_in(version)}
        free = {name for name, field in here.items() if field.default is None and not field.firm}
        return replace(
            self,
            fields=here,
            writable={**{name: field.check for name, field in here.items()}, **self.writable},
            defaults={**{name: f.default for name, f in here.items() if f.default is not None}, **self.defaults},
            secrets=self.secrets | {name for name, field in here.items() if field.secret},
            refers={**{name: field.ref for name, field in here.items() if field.ref}, **self.refers},
            clearable=self.clearable | (free - {"name", *(self.required or ())}),
            reset=self.reset and version.major >= 7,
        )

    def full(self, row: Row) -> Row:
        """Tell a stored row together with the defaults of what it does not say."""
        return {**self.defaults, **row} if self.defaults else row

    def is_dynamic(self, row: Row) -> bool:
        """Tell whether the router itself made a row, so that it is not part of the configuration."""
        return row.get("dynamic") == "true"
