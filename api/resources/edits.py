"""The live editor: an edit of a menu, as it was made beside its rows, written as a line of the console for a push."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from db import inventory
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, Scope
from routeros.plan import commands
from routeros.plan.operation import Operation, Row, Verb

MOST = 50
ROWED = frozenset({Verb.REMOVE, Verb.MOVE})
"""What is done to a row that must be named."""

Property = Annotated[
    str, Field(min_length=1, max_length=62, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", examples=["comment"])
]
Text = Annotated[str, Field(max_length=4000, pattern=TEXT, examples=["uplink"])]


class EditedRow(Given):
    """Which row is meant: by properties that it has, for an id is another one on every device and after a restart."""

    by: dict[Property, Text] = Field({}, max_length=MOST, examples=[{"name": "bridge1"}])
    nth: int = Field(0, ge=0, le=100_000, description="Which of those that have them, in the order of the menu.")


class Edit(Given):
    """One step in one menu."""

    menu: str = Field(
        min_length=2, max_length=200, pattern=r"^(/[a-z0-9][a-z0-9-]*)+$", examples=["/interface/bridge"]
    )
    verb: Verb = Field(examples=[Verb.ADD])
    row: EditedRow | None = Field(None, description="Left out for `add`, and for menus that hold one record.")
    values: dict[Property, Text] = Field({}, max_length=MOST, examples=[{"name": "bridge9"}])
    names: list[Property] = Field([], max_length=MOST, description="Of `unset`: the properties that go.")
    before: EditedRow | None = Field(None, description="Of `add` and `move`: in front of which row; else the end.")


class EditLine(Answer):
    """The edit as the console says it."""

    line: str = Field(description="Give it as a line of `commands` to the push of the device.")
    shown: str = Field(description="The same with secrets masked.")


def write(asked: Asked[Edit]) -> EditLine:
    """Write an edit as a push reads it; nothing is sent to the device."""
    inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    operation = _operation(asked.given)
    line = operation.line()
    # What the push would not read as the same step is no edit.
    if commands.read(line) != (operation,):
        raise BadInput(
            "That edit cannot be said in one line.", "Name the row by its name, or write the line by hand."
        )
    return EditLine(line=line, shown=operation.shown())


def _operation(given: Edit) -> Operation:
    """Make the step; raises BadInput for what does not fit together."""
    if given.verb in ROWED and given.row is None:
        raise BadInput(f"It is not said which row to {given.verb}.", "Name it by its properties in `row`.")
    if given.verb in (Verb.ADD, Verb.SET) and not given.values:
        raise BadInput("It is not said what the row is to have.", "Give `values`.")
    if (given.verb is Verb.UNSET) != bool(given.names):
        raise BadInput("`names` are for unset, and unset needs them.", "Give the properties that go in `names`.")
    if given.verb not in (Verb.ADD, Verb.SET) and given.values:
        raise BadInput(f"{given.verb} takes no values.", "Leave `values` out.")
    if given.before is not None and given.verb not in (Verb.ADD, Verb.MOVE):
        raise BadInput(f"{given.verb} puts nothing anywhere.", "Leave `before` out.")
    row = None if given.verb is Verb.ADD else _row(given.row) or Row()
    return Operation(given.verb, given.menu, row, given.values, tuple(given.names), _row(given.before))


def _row(given: EditedRow | None) -> Row | None:
    return None if given is None else Row(given.by, given.nth)


resource = Resource(
    name="edits",
    about="Edits beside the rows of a menu: each becomes a line of a push, with all the safety of one.",
    routes=(
        Route(
            path=f"{TENANT}/devices/{{device_id}}/edits",
            method="POST",
            summary="Write an edit of a menu as a line for a push",
            takes=Edit,
            answer=EditLine,
            scope=Scope.CONFIG_WRITE,
            changes=False,
            raises=(NotFound, BadInput),
            handler=write,
        ),
    ),
)
