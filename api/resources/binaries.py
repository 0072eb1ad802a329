"""Binary backups of a device: taken on request, kept sealed, and loaded by the same device again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api import loading
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.resources.control import OPERATION, Deed, RebootWish, begin, named, the_device
from db import binaries
from db.binaries import Kept
from fleet import control
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import Scope
from routeros.restore import Unfit


class BinaryWish(Given):
    """Nothing needs to be said."""


class BinaryBackup(Answer):
    """A file that only the same device with the same version of RouterOS can load."""

    id: UUID
    at: datetime
    asked_by: str
    size: int = Field(description="Bytes of the file.")
    version: str = Field(description="The RouterOS that wrote it.")
    model: str
    serial: str | None = Field(description="Null where the device has no board.")


class BinaryBackups(Answer):
    """A device's binary backups, the newest first. Five are kept."""

    items: list[BinaryBackup]


def listed(asked: Asked[Nothing]) -> BinaryBackups:
    row = the_device(asked)
    return BinaryBackups(items=[_told(kept) for kept in binaries.listed(asked.session, row.id)])


def take(asked: Asked[BinaryWish]) -> Deed:
    """Have a binary backup taken; its password is made for it and never leaves the store."""
    row = the_device(asked)
    return begin(asked, control.binary((row.tenant_id, row.id), asked.author.by, asked.now))


def load(asked: Asked[RebootWish]) -> Deed:
    """Have a device load one of its backups: all that came after is lost, and it restarts."""
    row = named(asked)
    kept = binaries.one(asked.session, row.id, asked.ids["binary_id"])
    loading.check(kept, row)
    asked_for = asked.author.by, asked.now
    return begin(asked, control.load((row.tenant_id, row.id), kept.id, row.identity or "", asked_for))


def remove(asked: Asked[Nothing]) -> None:
    row = the_device(asked)
    kept = binaries.one(asked.session, row.id, asked.ids["binary_id"])
    binaries.remove(asked.session, asked.author, row.tenant_id, kept)


def _told(kept: Kept) -> BinaryBackup:
    origin = kept.origin
    return BinaryBackup(
        id=kept.id,
        at=kept.at,
        asked_by=kept.asked_by,
        size=kept.size,
        version=origin.ros_version,
        model=origin.model,
        serial=origin.serial or None,
    )


PLACE = f"{TENANT}/devices/{{device_id}}/binaries"
ONE = f"{PLACE}/{{binary_id}}"

resource = Resource(
    name="binary backups",
    about="Whole backups that a device writes for itself, with its keys and hardware addresses.",
    routes=(
        Route(
            path=PLACE,
            summary="The binary backups of a device",
            takes=Nothing,
            answer=BinaryBackups,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=listed,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Take a binary backup",
            takes=BinaryWish,
            answer=Deed,
            makes=OPERATION,
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            handler=take,
        ),
        Route(
            path=f"{ONE}/load",
            method="POST",
            summary="Load a binary backup into the device that it was taken of",
            takes=RebootWish,
            answer=Deed,
            makes=OPERATION,
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict, BadInput, Unfit),
            handler=load,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a binary backup",
            takes=Nothing,
            answer=None,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
