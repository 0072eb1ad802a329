"""Drift: where a device is not as it is intended to be, each difference explained, and the plan that mends them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from routeros.export.document import Document
from routeros.export.secrets import MASK, masked
from routeros.plan import desired, world
from routeros.plan.defaults import usual
from routeros.plan.desired import Plan
from routeros.plan.item import World
from routeros.plan.operation import Operation, Verb


class Difference(StrEnum):
    """In what way a row is not as intended."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"
    MOVED = "moved"


KINDS: Final[Mapping[Verb, Difference]] = {
    Verb.ADD: Difference.MISSING,
    Verb.REMOVE: Difference.EXTRA,
    Verb.SET: Difference.CHANGED,
    Verb.UNSET: Difference.CHANGED,
    Verb.MOVE: Difference.MOVED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: ``why`` says what is and what is intended, ``step`` mends it. Secrets are masked."""

    menu: str
    difference: Difference
    why: str
    step: str


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences of a device, and the plan that takes it back to what is intended."""

    findings: tuple[Finding, ...]
    plan: Plan

    def __bool__(self) -> bool:
        return bool(self.findings)


def drift(
    current: Document, intended: Document, menus: Collection[str] | None = None, *, whole: bool = True
) -> Drift:
    """Find where a device is not as intended, in all menus or in these alone; raises BadInput.

    ``whole`` as in ``plan``: whether what the intended text does not say is drift.
    """
    return between(world.read(current), world.read(intended), menus, whole=whole)


def between(now: World, intended: World, menus: Collection[str] | None = None, *, whole: bool = True) -> Drift:
    """Find where rows are not as intended. A value that is intended but masked is not compared."""
    found = _open(desired.between(now, intended, menus, whole=whole))
    steps = zip(found.operations, found.inverses, strict=True)
    return Drift(tuple(_finding(step, back) for step, back in steps), found)


def _open(found: Plan) -> Plan:
    """Take the values that are masked out of a plan, but for rows that are missing."""
    kept = [(_compared(step), back) for step, back in zip(found.operations, found.inverses, strict=True)]
    left = [(step, back) for step, back in kept if step.verb is not Verb.SET or step.values or step.names]
    return Plan(tuple(step for step, _ in left), tuple(back for _, back in left))


def _compared(step: Operation) -> Operation:
    if step.verb is not Verb.SET:
        return step
    return replace(step, values={name: value for name, value in step.values.items() if MASK not in value})


def _finding(step: Operation, back: Operation) -> Finding:
    kind = KINDS[step.verb]
    row = step.row.shown(step.menu) if step.row else ""
    match kind:
        case Difference.MISSING:
            told = " ".join(f"{name}={masked(step.menu, name, value)}" for name, value in step.values.items())
            why = f"A row is missing: {told}."
        case Difference.EXTRA:
            why = f"The row {row} is not intended."
        case Difference.MOVED:
            why = f"The row {row} stands in another place than intended."
        case _:
            where = f"Of the row {row}" if row else "Here"
            why = f"{where} {'; '.join(_properties(step, back))}."
    return Finding(step.menu, kind, why, step.shown())


def _properties(step: Operation, back: Operation) -> Iterator[str]:
    """Tell of each property what it is and what is intended."""
    for name in (*step.values, *step.names):
        is_, meant = back.values.get(name), step.values.get(name, usual(step.menu, name))
        now, wanted = (_told(step.menu, name, value) for value in (is_, meant))
        hidden = " (they differ)" if now == wanted else ""
        yield f"{name} is {now}, intended is {wanted}{hidden}"


def _told(menu: str, name: str, value: str | None) -> str:
    return "not set" if value is None else masked(menu, name, value) or "empty"
