"""The channels of a tenant: made, changed and removed by people; no answer tells their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from db import operations
from db.named import Named
from db.notifytables import alert_channels as table
from db.notifytables import alert_routes as routes
from db.operations import Author
from db.rules import refusing
from fleet.errors import BadInput, Conflict
from fleet.identity import TenantId

MOST = 100
"""Channels of a tenant."""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel without its secrets, and how many routes lead to it; ``off_because`` is what its receiver said."""

    id: UUID
    name: str
    kind: str
    settings: Mapping[str, Any]
    enabled: bool
    off_because: str | None
    changed_by: str
    changed_at: datetime
    routes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWish:
    """What a channel is to be; None leaves what there is. ``url`` and ``secret`` are ciphertext."""

    name: str | None = None
    settings: Mapping[str, Any] | None = None
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    enabled: bool | None = None


_LEADING = or_(routes.c.channel_id == table.c.id, routes.c.escalate_id == table.c.id)
_COUNT = select(func.count()).where(_LEADING).correlate(table).scalar_subquery()
_SHOWN = [table.c[name] for name in ChannelRow.__slots__ if name != "routes"]
_CHANNELS = Named(
    table,
    select(*_SHOWN, _COUNT),
    ChannelRow,
    "channel",
    "There is none yet: make it first (POST …/alert-channels, `flotilla alert channel add`)",
)
page, one, find = _CHANNELS.page, _CHANNELS.one, _CHANNELS.find


@dataclass(frozen=True, slots=True)
class Channels:
    """Writes the channels of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, kind: str, wish: ChannelWish) -> UUID:
        """Make a channel; raises Conflict where there is one of that name, BadInput for too many."""
        if len(page(self.session, None, MOST)) >= MOST:
            raise BadInput(f"A tenant has at most {MOST} channels.", "Remove one that is not needed.")
        made = uuid4()
        facts = {"id": made, "tenant_id": self.tenant_id, "kind": kind, **_given(wish), **self._signed()}
        with refusing(self.session):
            self.session.execute(insert(table).values({"enabled": True, "settings": {}} | facts))
        self._tell("alert_channel.created", made, str(wish.name))
        return made

    def change(self, channel_id: UUID, wish: ChannelWish) -> None:
        """Change what is given; to switch a channel on forgets why it was off. Raises NotFound, Conflict."""
        before, given = one(self.session, channel_id), _given(wish)
        if not given:
            return
        told = {"off_because": None} if wish.enabled else {}
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(channel_id)).values(given | told | self._signed()))
        self._tell("alert_channel.updated", channel_id, wish.name or before.name, *given)

    def remove(self, channel_id: UUID) -> None:
        """Remove a channel; what waits to be sent by it is given up. Raises NotFound, Conflict."""
        before = one(self.session, channel_id)
        if before.routes:
            raise Conflict("Routes lead to this channel.", "Remove them, or let them lead to another one, first.")
        with refusing(self.session):
            self.session.execute(delete(table).where(*self._same(channel_id)))
        self._tell("alert_channel.deleted", channel_id, before.name)

    def _same(self, channel_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == channel_id)

    def _signed(self) -> dict[str, object]:
        return {"changed_by": self.author.by, "changed_at": self.author.at}

    def _tell(self, kind: str, channel_id: UUID, name: str, *fields: str) -> None:
        detail = {"name": name, "fields": sorted(fields), "channel_id": str(channel_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _given(wish: ChannelWish) -> dict[str, Any]:
    named = {name: getattr(wish, name) for name in ("name", "settings", "url", "secret", "enabled")}
    return {name: value for name, value in named.items() if value is not None}
