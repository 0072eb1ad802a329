"""Whether each row that a person's command names is the only one: to the console such a name means all of them."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import BadInput
from routeros.export.document import Document
from routeros.plan import world
from routeros.plan.item import World
from routeros.plan.operation import Operation, Row


class ManyRows(BadInput):
    """A command names several rows of a menu, and a step is for one."""

    code = "many_rows"

    def __init__(self, menu: str, row: Row, count: int) -> None:
        super().__init__(
            f"{count} rows of {menu} are {row.shown(menu)}.",
            "Name one by more properties, such as its comment, or by its place: [:pick [find …] 0] is the first of"
            " them. Write a line for each that is meant.",
        )


def check(document: Document, steps: Iterable[Operation]) -> None:
    """Refuse steps that name several rows of what an export tells, each as it is when its turn comes.

    Raises ManyRows. What the export does not tell, or tells in a way that cannot be read, is counted when the step
    is done.
    """
    try:
        now = world.read(document)
    except BadInput:
        return
    for step in steps:
        for row in (step.row, step.before):
            if row is not None and row.only:
                _only(now, step.menu, row)
        try:
            now = world.after(now, [step], first=True)
        except BadInput:
            continue


def _only(now: World, menu: str, row: Row) -> None:
    count = sum(item.has(menu, row.by) for item in now.get(menu, ()))
    if count > 1:
        raise ManyRows(menu, row, count)
