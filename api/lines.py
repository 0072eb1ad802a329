"""One device of many, as a list of JSON or a line of a table names it, and what became of each."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from pydantic import Field, SkipValidation, ValidationError

from api import logins, problems
from api.devices import DeviceChange, NewDevice
from api.fields import Tags
from api.problems import Fault, Invalid
from api.resource import Answer, Given
from fleet import sheets
from fleet.amendment import Amendment
from fleet.belonging import Words
from fleet.endpoints import BadField
from fleet.errors import BadInput, FleetError

MOST: Final = 1000
"""Rows of one request."""

NEEDED: Final = ("name", "address")
"""What a new device cannot be without, beside a login."""

LISTS: Final = ("tags", "collectors_off")
NONE: Final = "-"
"""What is written into a cell of a site, of tags or of collectors where there is to be none from now on."""


Key: TypeAlias = tuple[str, str]
"""By what a device is found, its id or its name, and which."""


class Action(StrEnum):
    """What a row is for."""

    APPLY = "apply"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Status(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    FAILED = "failed"


class DeviceLine(DeviceChange):
    """A device of a bulk: found by its `id` or else by its `name`. What is left out stays, or is the usual."""

    action: Action | None = Field(None, description="What to do; that of the request if left out.")
    id: UUID | None = Field(None, description="Of a device that is there; its `name` is then the new one.")
    trust: bool | None = Field(
        None,
        description="Consent to take the first certificate that is seen, without comparing it: `pin` without a "
        "`fingerprint`. It is recorded.",
    )

    tags_add: Tags | None = Field(None, description="Tags that come to those it has; not together with `tags`.")
    tags_remove: Tags | None = Field(None, description="Tags that go, where it has them; not together with `tags`.")

    def wish(self) -> Amendment:
        """Tell what is to become of the device; raises BadField for tags that are both all and more."""
        wish = super().wish()
        if self.tags_add is None and self.tags_remove is None:
            return wish
        if self.tags is not None:
            raise BadField("tags", "These are all of its tags, and others are to come or go.", "Give either.")
        return replace(wish, tags=Words(frozenset(self.tags_add or ()), frozenset(self.tags_remove or ())))

    @property
    def key(self) -> Key | None:
        """What the device is found by."""
        if self.id is not None:
            return "id", str(self.id)
        return None if self.name is None else ("name", self.name)

    def new(self) -> NewDevice:
        """Tell the new device that is meant; raises Invalid that names what it cannot be without."""
        missing = [name for name in NEEDED if getattr(self, name) is None]
        wrong = [Fault(place="body", name=name, detail="A new device needs it.") for name in missing]
        if self.tags_add or self.tags_remove:
            wrong.append(Fault(place="body", name="tags", detail="A new device has no tags yet: give `tags`."))
        if wrong := wrong + logins.faults(self):
            raise Invalid(wrong)
        given = {name: value for name in NewDevice.model_fields if (value := getattr(self, name, None)) is not None}
        return NewDevice.model_construct(**given)


COLUMNS: Final = ("action", "id", *DeviceChange.model_fields, "trust")
"""The columns of a table of devices, in any order; all of them may be left out but one that names the device."""


class Lines(Given):
    """Devices to be made, changed or removed, each for itself."""

    devices: list[SkipValidation[DeviceLine]] = Field(min_length=1, max_length=MOST)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row with its number, and what it says, or why that is not known."""

    line: int
    what: DeviceLine | FleetError


class RowResult(Answer):
    """What became of one row, or with `dry_run` would."""

    line: int = Field(description="The place in the list, from 1, or the line of the table, whose first is its head.")
    id: UUID | None
    name: str | None
    status: Status
    changed: list[str] = Field(description="The fields of an updated device that are different now.")
    code: str | None = Field(description="Why it failed, for programs; the same codes as those of problems.")
    detail: str | None = Field(description="Why it failed, for people.")
    next_step: str | None
    errors: list[Fault]

    @classmethod
    def failed(cls, line: int, error: FleetError, known: tuple[UUID | None, str | None] = (None, None)) -> RowResult:
        """Tell why a row was refused."""
        said = problems.of(error, "")
        return cls(
            line=line,
            id=known[0],
            name=known[1],
            status=Status.FAILED,
            changed=[],
            code=said.code,
            detail=said.detail,
            next_step=said.next_step,
            errors=said.errors,
        )

    @classmethod
    def done(cls, line: int, status: Status, known: tuple[UUID, str], changed: Sequence[str] = ()) -> RowResult:
        """Tell what was done."""
        return cls(
            line=line,
            id=known[0],
            name=known[1],
            status=status,
            changed=list(changed),
            code=None,
            detail=None,
            next_step=None,
            errors=[],
        )


def listed(items: Sequence[Any]) -> list[Numbered]:
    """Read the rows of a list of JSON; numbers are numbers there."""
    return [
        Numbered(number, _checked(json.dumps(item).encode(), strict=True)) for number, item in enumerate(items, 1)
    ]


def table(data: bytes, most: int = MOST) -> list[Numbered]:
    """Read the rows of a table (CSV); raises BadSheet where it is none."""
    rows = sheets.read(data, COLUMNS, most)
    if not rows:
        raise sheets.BadSheet("The table has no rows.", "Write a line for each device below the head.")
    return [
        Numbered(row.line, BadInput(row.fault, "Leave the last cells out, or quote the one with a delimiter in it."))
        if row.fault
        else Numbered(row.line, _checked(json.dumps(_cells(row.cells)).encode(), strict=False))
        for row in rows
    ]


def twice(rows: Sequence[Numbered], ids: Mapping[Key, object] | None = None) -> list[Numbered]:
    """Refuse every row whose device an earlier one named: in which order they were meant nobody knows.

    ``ids`` tells of what a row is found by which device that is, for one may be named by its name and by its id.
    """
    first: dict[object, int] = {}
    return [_once(row, first, ids or {}) for row in rows]


def counted(results: Iterable[RowResult]) -> dict[Status, int]:
    """Count the results by their status; every status has a count."""
    return {**dict.fromkeys(Status, 0), **Counter(result.status for result in results)}


def named(rows: Iterable[Numbered]) -> tuple[Collection[UUID], Collection[str]]:
    """Tell the ids and the names by which rows find their devices."""
    given = [row.what for row in rows if isinstance(row.what, DeviceLine)]
    return {one.id for one in given if one.id}, {one.name for one in given if one.name and not one.id}


def _once(row: Numbered, first: dict[object, int], ids: Mapping[Key, object]) -> Numbered:
    if not isinstance(row.what, DeviceLine) or row.what.key is None:
        return row
    before = first.setdefault(ids.get(row.what.key, row.what.key), row.line)
    if before == row.line:
        return row
    return Numbered(row.line, BadInput(f"Line {before} is about the same device.", "Name a device once."))


def _checked(document: bytes, *, strict: bool) -> DeviceLine | FleetError:
    try:
        return DeviceLine.model_validate_json(document, strict=strict)
    except ValidationError as error:
        return Invalid.of("body", error)


def _cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """Read the cells of a table as values: lists are words apart, and a dash is nothing."""
    values: dict[str, Any] = dict(cells)
    for name in LISTS:
        if name in values:
            values[name] = (
                [] if values[name] == NONE else [word for word in re.split(r"[\s,;|]+", values[name]) if word]
            )
    if values.get("site") == NONE:
        values["site"] = ""
    return {name: value.lower() if name in ("action", "tls", "trust") else value for name, value in values.items()}
