"""The part of a configuration that another device can take over, as console text for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from routeros.export.document import Document
from routeros.plan import commands
from routeros.plan.operation import Operation, Verb
from routeros.restore.replacement import CERTIFICATE, NAMES, OWN, Hardware, Why, losses


@dataclass(frozen=True, slots=True)
class Reduced:
    """The steps that carry over, and those that are left out. What they hold may be secret: ``masked`` hides it."""

    steps: tuple[Operation, ...] = field(repr=False)
    left: tuple[Operation, ...] = field(default=(), repr=False)

    def text(self) -> str:
        """Write it with its secrets, as ``/import`` takes it."""
        return _written([step.line() for step in self.steps], self._left())

    def masked(self) -> str:
        """Write it with its secrets masked."""
        return _written([step.shown() for step in self.steps], self._left())

    def _left(self) -> list[str]:
        return [f"# left out: {step.shown()}" for step in self.left]


def _written(lines: list[str], left: list[str]) -> str:
    return "".join(f"{line}\n" for line in (*lines, *left))


def reduce(old: Document, new: Hardware) -> Reduced:
    """Leave out what the new device cannot take over; raises BadInput where the configuration cannot be read."""
    found = losses(old, new)
    steps = commands.steps(old, exported=True)
    ports = {loss.what for loss in found if loss.why is Why.OTHER_PORT}
    called = {step.values["name"] for step in steps if _of(step) in ports and "name" in step.values}
    menus = tuple(loss.menu for loss in found if loss.why is Why.OTHER_BOARD)
    addresses = {loss.what for loss in found if loss.why is Why.OTHER_ADDRESS}
    kept: list[Operation] = []
    left: list[Operation] = []
    for step in steps:
        lost = step.menu.startswith(menus) or _of(step) in ports or (step.menu, step.verb) == ("/user", Verb.ADD)
        carried = None if lost else _carried(step, (ports | called) - {""}, addresses)
        if carried is None:
            left.append(step)
        else:
            kept.append(carried)
    return Reduced(tuple(kept), tuple(left))


def _of(step: Operation) -> str:
    """Tell the port that a step is about, by its name when it was new; empty where it is about none."""
    return step.row.by.get("default-name", "") if step.row else ""


def _carried(step: Operation, gone: Collection[str], addresses: Collection[str]) -> Operation | None:
    """Tell what of a step carries over; None where nothing does."""
    values = dict(_values(step, addresses))
    for name, value in values.items():
        if NAMES.match(name) and (parts := value.split(",")):
            stay = [part for part in parts if part.partition("@")[0] not in gone]
            if not stay:
                return None
            values[name] = ",".join(stay)
    empty = step.verb is Verb.SET and not values and bool(step.values)
    return None if empty else replace(step, values=values)


def _values(step: Operation, addresses: Collection[str]) -> Iterator[tuple[str, str]]:
    """Tell the properties that are neither the old board's own addresses nor certificates that no export holds."""
    for name, value in step.values.items():
        # A bridge without the old address takes one of its own ports', so it has to find one by itself.
        own = (name in OWN and value in addresses) or (name == "auto-mac" and "admin-mac" in step.values)
        certificate = CERTIFICATE.match(name) and value not in ("none", "auto", "request")
        if not own and not certificate:
            yield name, value
