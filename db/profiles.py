"""The credential profiles of a tenant: made, changed and removed, with the record and the pollers' word of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from db import operations, outbox
from db.named import Named
from db.operations import Author
from db.profiletables import credential_profiles as table
from db.rules import refusing
from db.tables import devices
from fleet.errors import Conflict
from fleet.events import Change, DeviceChangedEvent
from fleet.identity import ProfileId, TenantId
from fleet.letter import Addressing

AT_ONCE = 1000
"""Events that one statement writes."""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile without its secret, and how many devices log in with it."""

    id: ProfileId
    name: str
    username: str
    created_at: datetime
    sealed_at: datetime
    devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A profile's name, its user and the password as ciphertext; None leaves what there is as it is."""

    name: str | None = None
    username: str | None = None
    secret: str | None = field(default=None, repr=False)


_COUNT = select(func.count()).where(devices.c.profile_id == table.c.id).scalar_subquery()
_KEPT = [table.c[name] for name in ("id", "name", "username", "created_at", "sealed_at")]
_PROFILES = Named(
    table,
    select(*_KEPT, _COUNT),
    ProfileRow,
    "credential profile",
    "There is none yet: make it first (POST …/profiles, `flotilla profile add`)",
)
page, one, find = _PROFILES.page, _PROFILES.one, _PROFILES.find


@dataclass(frozen=True, slots=True)
class Profiles:
    """Writes the profiles of a tenant in the caller's transaction, for an author; ``subject`` addresses events.

    What changes of a login is told for each device that uses it, so that its poller reads it again.
    """

    session: Session
    author: Author
    tenant_id: TenantId
    subject: Addressing

    def add(self, given: Credentials) -> ProfileId:
        """Make a profile of all three; raises Conflict where there is one of that name, BadInput."""
        made, at = ProfileId(uuid4()), self.author.at
        facts = {"name": given.name, "username": given.username, "secret": given.secret}
        with refusing(self.session):
            self.session.execute(
                insert(table).values(id=made, tenant_id=self.tenant_id, created_at=at, sealed_at=at, **facts)
            )
        self._record("profile.created", made, str(given.name))
        return made

    def change(self, profile_id: ProfileId, given: Credentials) -> tuple[str, ...]:
        """Change a profile and return the names of the fields that are different now; a password always is.

        Raises NotFound, Conflict, BadInput.
        """
        before = self._held(profile_id)
        wanted = {"name": given.name, "username": given.username}
        changed = {n: value for n, value in wanted.items() if value is not None and value != getattr(before, n)}
        fields = (*changed, *(("password",) if given.secret is not None else ()))
        if not fields:
            return ()
        sealed = {} if given.secret is None else {"secret": given.secret, "sealed_at": self.author.at}
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(profile_id)).values(**changed, **sealed))
        told = self._tell(profile_id) if set(fields) - {"name"} else 0
        self._record("profile.updated", profile_id, changed.get("name", before.name), fields=fields, devices=told)
        return fields

    def remove(self, profile_id: ProfileId) -> None:
        """Remove a profile; raises NotFound, or Conflict while devices use it."""
        before = self._held(profile_id)
        if count := one(self.session, profile_id).devices:
            raise Conflict(
                f"{count} {'device logs' if count == 1 else 'devices log'} in with {before.name!r}.",
                "Give them another profile or their own password first; GET …/devices names each one's.",
            )
        self.session.execute(delete(table).where(*self._same(profile_id)))
        self._record("profile.deleted", profile_id, before.name)

    def _held(self, profile_id: ProfileId) -> Row[Any]:
        """Read a profile, and let nobody change it or give it to a device until the transaction ends."""
        query: Select[Any] = select(table.c.name, table.c.username).where(*self._same(profile_id)).with_for_update()
        found = self.session.execute(query).one_or_none()
        if found is None:
            raise _PROFILES.missing(profile_id)
        return found

    def _same(self, profile_id: ProfileId) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == profile_id)

    def _tell(self, profile_id: ProfileId) -> int:
        """Leave word in the outbox for each device of a profile; tells how many there are."""
        users = select(devices.c.id).where(devices.c.tenant_id == self.tenant_id, devices.c.profile_id == profile_id)
        found = self.session.execute(users.order_by(devices.c.id)).scalars().all()
        for first in range(0, len(found), AT_ONCE):
            events = [self._event(device_id) for device_id in found[first : first + AT_ONCE]]
            outbox.put(self.session, events, self.subject, self.author.at)
        return len(found)

    def _event(self, device_id: UUID) -> DeviceChangedEvent:
        return DeviceChangedEvent(
            tenant_id=self.tenant_id,
            device_id=device_id,
            at=self.author.at,
            request_id=self.author.request_id,
            change=Change.UPDATED,
            fields=("profile",),
        )

    def _record(self, kind: str, profile_id: ProfileId, name: str, **more: object) -> None:
        detail = {"name": name, "fields": [], "profile_id": str(profile_id), **more}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))
