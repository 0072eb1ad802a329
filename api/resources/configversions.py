"""Versions of configurations: their texts with secrets masked, or in full, what differs between two, and pins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from api import configs as shapes
from api import cursors
from api.configs import MOST, ConfigAction, ConfigDeed, ConfigVersion
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import configs, inventory
from db.configs import Version
from db.sealing import SealBroken
from fleet.errors import BadInput, NotFound, Unavailable
from fleet.identity import DeviceId, Scope
from routeros.backup import comparing
from routeros.export import diff as sections

MOMENT = timedelta(seconds=1)


class VersionsQuery(Given):
    """Which versions to list."""

    before: int | None = Field(None, ge=1, le=2**31 - 1, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many versions.")


class ConfigChangesQuery(Given):
    """How many of the newest versions to list."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many versions.")


class DiffQuery(Given):
    """What to compare a version with."""

    against: UUID | None = Field(
        None, description="The older version; by default the one before, of the same device."
    )


class PinName(Given):
    """What a version that is kept for good is called."""

    name: str | None = Field(None, min_length=1, max_length=500, pattern=TEXT, description="A line for people.")


class ConfigVersions(Answer):
    """A page of a device's versions, the newest first."""

    items: list[ConfigVersion]
    next: int | None = Field(description="Give it as `before` for the next page; null on the last.")


class ConfigChanges(Answer):
    """A page of the tenant's versions, the newest first."""

    items: list[ConfigVersion]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class ConfigText(Answer):
    """A version and its text."""

    version: ConfigVersion
    text: str
    secrets: bool = Field(description="Whether secrets stand in it; else they are masked.")


class ConfigSection(Answer):
    """What differs in one menu. Secrets are masked."""

    menu: str
    added: int
    removed: int
    changed: int
    moved: int = Field(description="Rows that are the same and stand elsewhere, where the order has a meaning.")
    lines: list[str] = Field(description="Each with its sign: `+` came, `-` went, `~` changed its place.")


class ConfigDiff(Answer):
    """What differs between two versions, and who did what in between."""

    before: ConfigVersion
    after: ConfigVersion
    same: bool
    sections: list[ConfigSection]
    unified: str = Field(description="As a unified diff of the texts without noise; empty where they are the same.")
    actions: list[ConfigAction] = Field(description="What was done on the device in between, as it tells itself.")
    operations: list[ConfigDeed] = Field(description="What Flotilla did to the device in between.")


def versions(asked: Asked[VersionsQuery]) -> ConfigVersions:
    device_id = inventory.one(asked.session, DeviceId(asked.ids["device_id"])).id
    found = configs.page(asked.session, device_id, asked.given.before, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    following = None if last is None else last.number
    return ConfigVersions(items=[shapes.version(one) for one in shown], next=following)


def changes(asked: Asked[ConfigChangesQuery]) -> ConfigChanges:
    found = configs.recent(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return ConfigChanges(items=[shapes.version(one) for one in shown], next=None if last is None else last.id)


def text(asked: Asked[Nothing]) -> ConfigText:
    one = _one(asked)
    return ConfigText(version=shapes.version(one), text=shapes.masked(shapes.document(asked, one)), secrets=False)


def reveal(asked: Asked[Nothing]) -> ConfigText:
    """Show a text with its secrets; the audit log says who saw it."""
    one = _one(asked)
    return ConfigText(version=shapes.version(one), text=shapes.shown(shapes.text(asked, one)), secrets=True)


def diff(asked: Asked[DiffQuery]) -> ConfigDiff:
    after = _one(asked)
    before = _before(asked, after)
    old, new = shapes.document(asked, before), shapes.document(asked, after)
    names = (f"version {before.number}", f"version {after.number}")
    unified = comparing.unified(comparing.pairs(old, new), names)
    found = [
        ConfigSection(
            menu=delta.menu,
            added=len(delta.added),
            removed=len(delta.removed),
            changed=len(delta.changed),
            moved=len(delta.moved),
            lines=[shapes.shown(line) for line in delta.lines()],
        )
        for delta in sections(old, new)
    ]
    return ConfigDiff(
        before=shapes.version(before),
        after=shapes.version(after),
        same=not unified,
        sections=found,
        unified=shapes.shown(unified),
        actions=_actions(asked, before, after),
        operations=shapes.deeds(asked, after.device_id, before.first_seen, after.first_seen + MOMENT),
    )


def pin(asked: Asked[PinName]) -> ConfigVersion:
    configs.pin(asked.session, asked.author, _one(asked), asked.given.name)
    return shapes.version(_one(asked))


def unpin(asked: Asked[Nothing]) -> ConfigVersion:
    configs.unpin(asked.session, asked.author, _one(asked))
    return shapes.version(_one(asked))


def _one(asked: Asked[Any]) -> Version:
    return configs.one(asked.session, asked.ids["version_id"])


def _before(asked: Asked[DiffQuery], after: Version) -> Version:
    """Find what is compared with; raises BadInput for the first version of a device, unless another is named."""
    if asked.given.against is not None:
        return configs.one(asked.session, asked.given.against)
    found = configs.page(asked.session, after.device_id, after.number, 1)
    if not found:
        raise BadInput("This is the oldest version there is.", "Name the other one by `against`.")
    return found[0]


def _actions(asked: Asked[DiffQuery], before: Version, after: Version) -> list[ConfigAction]:
    """Put together what the device told of with each version after the older one."""
    if before.device_id != after.device_id or before.number >= after.number:
        return []
    found = configs.page(asked.session, after.device_id, after.number + 1, min(MOST, after.number - before.number))
    return [action for one in found if one.number > before.number for action in shapes.version(one).history]


ONE = f"{TENANT}/configversions/{{version_id}}"
OPENED = (NotFound, Unavailable, SealBroken)

resource = Resource(
    name="configversions",
    about="Versions of the devices' configurations, and what differs between them.",
    routes=(
        Route(
            path=f"{TENANT}/devices/{{device_id}}/configversions",
            summary="The versions of a device's configuration, the newest first",
            takes=VersionsQuery,
            answer=ConfigVersions,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=versions,
        ),
        Route(
            path=f"{TENANT}/configversions",
            summary="The newest versions of all devices: what changed last",
            takes=ConfigChangesQuery,
            answer=ConfigChanges,
            scope=Scope.CONFIG_READ,
            raises=(BadInput,),
            handler=changes,
        ),
        Route(
            path=ONE,
            summary="A version with its text, secrets masked",
            takes=Nothing,
            answer=ConfigText,
            scope=Scope.CONFIG_READ,
            raises=OPENED,
            handler=text,
        ),
        Route(
            path=f"{ONE}/reveal",
            method="POST",
            summary="A version with its text, secrets in it; the audit log says who saw them",
            takes=Nothing,
            answer=ConfigText,
            scope=Scope.CONFIG_SECRETS,
            once=True,
            raises=OPENED,
            handler=reveal,
        ),
        Route(
            path=f"{ONE}/diff",
            summary="What differs from another version, and who did what in between",
            takes=DiffQuery,
            answer=ConfigDiff,
            scope=Scope.CONFIG_READ,
            raises=(*OPENED, BadInput),
            handler=diff,
        ),
        Route(
            path=f"{ONE}/pin",
            method="PUT",
            summary="Keep a version for good",
            takes=PinName,
            answer=ConfigVersion,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=pin,
        ),
        Route(
            path=f"{ONE}/pin",
            method="DELETE",
            summary="Let a version go when its time has come",
            takes=Nothing,
            answer=ConfigVersion,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=unpin,
        ),
    ),
)
