"""What the devices have: the inventory of one, who has something, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import Field, create_model

from api import cursors
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import inventory, items
from db.items import ChangeRow, ItemRow, KindRows, Narrow
from fleet import inventory as domain
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope
from fleet.inventory import Kind, Shape, What
from routeros.inventory import kinds

MOST = 500
PLACE = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[^\x00]*$"

FactValue: TypeAlias = str | bool | int | float
FactValues: TypeAlias = dict[str, FactValue]


class FactEntry(Answer):
    """A fact that a device may tell of an item of this kind."""

    name: str
    about: str
    shape: Shape
    volatile: bool = Field(description="Kept as it was last told; that it is another one is no change.")


class KindEntry(Answer):
    """Things of one kind."""

    name: str
    title: str
    key: list[str] = Field(description="The facts that tell two of them apart; none where there is one at most.")
    most: int = Field(description="So many are kept of a device.")
    facts: list[FactEntry]


class Kinds(Answer):
    """Every kind of thing."""

    items: list[KindEntry]


class Item(Answer):
    """One thing that a device has, or had."""

    device_id: UUID
    device: str = Field(description="The device's name.")
    kind: str
    key: str
    facts: FactValues = Field(description="What the device told; what it did not is not there.")
    first_seen: datetime
    last_seen: datetime = Field(description="What does not change is told of once a day.")
    gone_at: datetime | None


class KindItems(Answer):
    """What is kept of one kind of a device."""

    kind: str
    at: datetime = Field(description="When the device was last heard about this kind.")
    told: int = Field(description="How many items it told of.")
    kept: int = Field(description="How many of them are kept: the first by key where there are too many.")
    items: list[Item]


class DeviceQuery(Given):
    """What of a device's inventory to tell."""

    kind: str | None = Field(None, max_length=50, examples=["packages"], description="Only this kind.")
    gone: bool = Field(False, description="Also what is gone; it is kept for a month.")


class DeviceItems(Answer):
    """What a device has, by kind. A kind about which it was never heard is not there."""

    device_id: UUID
    kinds: list[KindItems]


class ItemsQuery(Given):
    """Which items of a kind to list, and how many at once. A fact is matched as it is, ``q`` is looked for in all."""

    after: str | None = Field(None, max_length=1000, pattern=PLACE, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many items.")
    q: str | None = Field(None, max_length=100, pattern=TEXT, description="Part of a fact, or of the device's name.")
    gone: bool = Field(False, description="Also what is gone; it is kept for a month.")


class Items(Answer):
    """A page of items, by device and key."""

    items: list[Item]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class ChangesQuery(Given):
    """Which changes to list, and how many at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many changes.")
    device_id: UUID | None = Field(None, description="Only those of this device.")
    kind: str | None = Field(None, max_length=50, examples=["packages"], description="Only those of this kind.")


class Change(Answer):
    """What became of an item."""

    id: UUID
    device_id: UUID
    device: str = Field(description="The device's name.")
    kind: str
    key: str
    at: datetime
    what: What
    before: FactValues = Field(description="The facts that differ as they were; all of one that was removed.")
    after: FactValues = Field(description="The facts that differ as they are; all of one that was added.")


class Changes(Answer):
    """A page of changes, the newest first."""

    items: list[Change]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


def catalogue(_: Asked[Nothing]) -> Kinds:
    return Kinds(items=[_kind(kind) for kind in kinds().values()])


def device(asked: Asked[DeviceQuery]) -> DeviceItems:
    given, known = asked.given, inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    found = items.of_device(asked.session, known.id, Narrow(gone=given.gone), _known(given.kind))
    return DeviceItems(device_id=known.id, kinds=[_kept(rows) for rows in found])


def changes(asked: Asked[ChangesQuery]) -> Changes:
    given = asked.given
    device_id = None if given.device_id is None else DeviceId(given.device_id)
    found = items.changes(asked.session, given.after, given.limit + 1, device_id, _known(given.kind))
    shown, last = cursors.cut(found, given.limit)
    return Changes(items=[_change(row) for row in shown], next=None if last is None else last.id)


def listing(kind: Kind) -> Route[Any]:
    """Make the route of a kind, whose facts may be asked for by their names."""

    def handler(asked: Asked[ItemsQuery]) -> Items:
        return _page(asked, kind)

    handler.__name__ = kind.name
    return Route(
        path=f"{TENANT}/inventory/{kind.name}",
        summary=f"{kind.title}: who has which, a page at a time",
        takes=_query(kind),
        answer=Items,
        scope=Scope.DEVICES_READ,
        handler=handler,
    )


def _query(kind: Kind) -> type[ItemsQuery]:
    text = {"max_length": 255, "pattern": TEXT}
    types: dict[Shape, tuple[Any, dict[str, Any]]] = {
        Shape.TEXT: (str | None, text),
        Shape.NUMBER: (float | None, {"allow_inf_nan": False}),
        Shape.FLAG: (bool | None, {}),
    }
    fields: dict[str, Any] = {
        fact.name: (types[fact.shape][0], Field(None, description=fact.about, **types[fact.shape][1]))
        for fact in kind.fields
    }
    name = f"Inventory{kind.name.title().replace('_', '')}Query"
    made: type[ItemsQuery] = create_model(name, __base__=ItemsQuery, __doc__=ItemsQuery.__doc__, **fields)
    return made


def _page(asked: Asked[ItemsQuery], kind: Kind) -> Items:
    given = asked.given
    facts = {name: getattr(given, name) for fact in kind.fields if getattr(given, name := fact.name) is not None}
    narrow = Narrow(facts, given.q, given.gone)
    found = items.page(asked.session, kind.name, _place(given.after), given.limit + 1, narrow)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else f"{last.device_id}/{last.key}"
    return Items(items=[_item(row) for row in shown], next=following)


def _place(after: str | None) -> items.Place | None:
    if after is None:
        return None
    device_id, _, key = after.partition("/")
    return DeviceId(UUID(device_id)), key


def _known(kind: str | None) -> str | None:
    return None if kind is None else domain.find(kinds(), kind).name


def _kind(kind: Kind) -> KindEntry:
    facts = [FactEntry(name=f.name, about=f.about, shape=f.shape, volatile=f.volatile) for f in kind.fields]
    return KindEntry(name=kind.name, title=kind.title, key=list(kind.key), most=kind.most, facts=facts)


def _kept(rows: KindRows) -> KindItems:
    found = [_item(row) for row in rows.items]
    return KindItems(kind=rows.kind, at=rows.at, told=rows.told, kept=rows.kept, items=found)


def _item(row: ItemRow) -> Item:
    return Item(**{name: getattr(row, name) for name in Item.model_fields})


def _change(row: ChangeRow) -> Change:
    return Change(**{name: getattr(row, name) for name in Change.model_fields})


resource = Resource(
    name="inventory",
    about="What the devices have.",
    routes=(
        Route(
            path=f"{TENANT}/inventory",
            summary="The catalogue: kinds of things and their facts",
            takes=Nothing,
            answer=Kinds,
            scope=Scope.DEVICES_READ,
            handler=catalogue,
        ),
        Route(
            path=f"{TENANT}/inventory/changes",
            summary="What came, went and became different, the newest first, a page at a time",
            takes=ChangesQuery,
            answer=Changes,
            scope=Scope.DEVICES_READ,
            handler=changes,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}/inventory",
            summary="What a device has",
            takes=DeviceQuery,
            answer=DeviceItems,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=device,
        ),
        *(listing(kind) for kind in kinds().values()),
    ),
)
