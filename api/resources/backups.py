"""Backups of configurations: who has one, what became of each reading, and one taken now."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field

from api import configs as shapes
from api import cursors
from api.configs import MOST, ConfigReading, ConfigStanding
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from bus import subjects
from db import configs, errands, inventory, sshaccess
from db.sshaccess import SshAccess
from fleet.backups import ERRAND, Reason
from fleet.errands import Errand, ErrandState
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId, Scope

LASTS = timedelta(hours=24)


class StandingsQuery(Given):
    """Which devices to list."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")
    lacking: bool = Field(
        False, description="Only those without a whole backup, or whose last reading was not whole; one page of them."
    )


class ConfigReadingsQuery(Given):
    """Which readings to list."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many readings.")


class ConfigStandings(Answer):
    """A page of devices, by name; those that lack a backup from the longest on."""

    items: list[ConfigStanding]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class ConfigReadings(Answer):
    """A page of readings, the newest first."""

    items: list[ConfigReading]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class BackupErrand(Answer):
    """A backup that was asked for. It is an operation, too, of the same id."""

    unsteady = frozenset({"state", "error", "ended_at"})

    id: UUID
    device_id: UUID
    state: ErrandState
    error: str | None = Field(description="Why it failed, or why it waits.")
    at: datetime
    ended_at: datetime | None
    expires_at: datetime = Field(description="So long it waits for a device that is out of reach.")


class SshGiven(Given):
    """How a device is entered by SSH."""

    port: int = Field(22, ge=1, le=65535, description="The port of its service ssh.")
    legacy: bool = Field(False, description="Allow the old algorithms that RouterOS 6 has; they are nearly broken.")
    fingerprint: str | None = Field(
        None,
        max_length=100,
        pattern=r"^SHA256:[A-Za-z0-9+/]{43}$",
        description="Its host key; left out, the first one that it shows counts from then on.",
    )


class SshAllowed(Answer):
    """How a device is entered by SSH, and by whose word."""

    port: int
    legacy: bool
    fingerprint: str | None
    learnt_at: datetime | None
    allowed_by: str
    allowed_at: datetime


def standings(asked: Asked[StandingsQuery]) -> ConfigStandings:
    given = asked.given
    if given.lacking:
        return ConfigStandings(
            items=[shapes.standing(one) for one in configs.lacking(asked.session, given.limit)], next=None
        )
    found = configs.standings(asked.session, given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    return ConfigStandings(items=[shapes.standing(one) for one in shown], next=None if last is None else last.name)


def readings(asked: Asked[ConfigReadingsQuery]) -> ConfigReadings:
    device_id = _device(asked)
    found = configs.read(asked.session, device_id, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(found, asked.given.limit)
    return ConfigReadings(items=[shapes.reading(one) for one in shown], next=None if last is None else last.id)


def take(asked: Asked[Nothing]) -> BackupErrand:
    """Ask the device's owner for a backup; raises Conflict where one was asked for and has not ended."""
    device_id = _device(asked)
    if errands.open_of(asked.session, ERRAND, [device_id]):
        raise Conflict("A backup of this device is under way already.", "Wait for it: GET …/backups/{id}.")
    errand = Errand(
        tenant_id=asked.principal.tenant_id,
        device_id=device_id,
        kind=ERRAND,
        by=asked.principal.name,
        at=asked.now,
        expires_at=asked.now + LASTS,
        request_id=asked.request_id,
        detail={"reason": Reason.HAND.value, "fields": []},
    )
    errands.ask(asked.session, [errand], subjects.of)
    return _errand(errand)


def backup(asked: Asked[Nothing]) -> BackupErrand:
    backup_id = asked.ids["backup_id"]
    found = errands.one(asked.session, backup_id)
    if found.kind != ERRAND:
        raise NotFound(f"There is no errand {backup_id}.", "List the device's operations for their ids.")
    return _errand(found)


def ssh_allow(asked: Asked[SshGiven]) -> SshAllowed:
    given, author = asked.given, asked.author
    learnt = None if given.fingerprint is None else author.at
    wanted = SshAccess(given.port, given.legacy, given.fingerprint, learnt, author.by, author.at)
    sshaccess.allow(asked.session, author, asked.principal.tenant_id, _device(asked), wanted)
    return ssh_allowed(asked)


def ssh_allowed(asked: Asked[SshGiven] | Asked[Nothing]) -> SshAllowed:
    found = sshaccess.read(asked.session, asked.principal.tenant_id, _device(asked))
    if found is None:
        raise NotFound("Nobody has allowed SSH for this device.", "PUT it here, with the port of its service.")
    return SshAllowed(**{name: getattr(found, name) for name in SshAllowed.model_fields})


def ssh_deny(asked: Asked[Nothing]) -> None:
    sshaccess.deny(asked.session, asked.author, asked.principal.tenant_id, _device(asked))


def _device(
    asked: Asked[ConfigReadingsQuery] | Asked[Nothing] | Asked[SshGiven],
) -> DeviceId:
    return inventory.one(asked.session, DeviceId(asked.ids["device_id"])).id


def _errand(one: Errand) -> BackupErrand:
    return BackupErrand(**{name: getattr(one, name) for name in BackupErrand.model_fields})


DEVICE = f"{TENANT}/devices/{{device_id}}"
SSH = f"{DEVICE}/ssh"

resource = Resource(
    name="backups",
    about="Backups of the devices' configurations: who has one, and one taken now.",
    routes=(
        Route(
            path=f"{TENANT}/backups",
            summary="Where each device stands: its version, its last reading, what was wrong",
            takes=StandingsQuery,
            answer=ConfigStandings,
            scope=Scope.CONFIG_READ,
            handler=standings,
        ),
        Route(
            path=f"{DEVICE}/configreadings",
            summary="Each reading of a device's configuration, and what came of it",
            takes=ConfigReadingsQuery,
            answer=ConfigReadings,
            scope=Scope.CONFIG_READ,
            raises=(NotFound, BadInput),
            handler=readings,
        ),
        Route(
            path=f"{DEVICE}/backups",
            method="POST",
            summary="Take a backup now, or as soon as the device is reached",
            takes=Nothing,
            answer=BackupErrand,
            makes=f"{TENANT}/backups/{{id}}",
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            handler=take,
        ),
        Route(
            path=f"{TENANT}/backups/{{backup_id}}",
            summary="How a backup that was asked for stands; for a week after its end",
            takes=Nothing,
            answer=BackupErrand,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=backup,
        ),
        Route(
            path=SSH,
            summary="How a device is entered by SSH for files that its API does not show",
            takes=Nothing,
            answer=SshAllowed,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=ssh_allowed,
        ),
        Route(
            path=SSH,
            method="PUT",
            summary="Allow it; a host key that is not named is learnt anew",
            takes=SshGiven,
            answer=SshAllowed,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=ssh_allow,
        ),
        Route(
            path=SSH,
            method="DELETE",
            summary="Allow it no longer",
            takes=Nothing,
            answer=None,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=ssh_deny,
        ),
    ),
)
