"""What the administrator's commands share: the stores and secrets of a running Flotilla, and a tenant by its slug."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import psutil
import typer
from sqlalchemy.orm import Session

from bus import subjects
from cluster import running
from db import accounts, audit, inventory, sites
from db.accounts import TenantRow
from db.engine import Stores
from db.inventory import DeviceRow
from db.maintenance import Scope
from db.operations import Author
from db.platform import platform_session
from db.registry import Registry
from db.tenancy import tenant_session
from db.vault import Vault
from fleet import belonging, listeners
from fleet.audit import Act
from fleet.egress import Egress
from fleet.errors import BadInput, NotFound, StartRefused
from fleet.identity import COMMAND_LINE, DeviceId, Principal, Role, TenantId
from fleet.settings import Settings, span

TenantOption = Annotated[
    str, typer.Option("--tenant", help="Whose: the tenant's slug, as `flotilla tenant list` says.")
]
WhichArgument = Annotated[str, typer.Argument(metavar="NAME|ID", help="Its name within the tenant, or its id.")]
PAGE = 500
NAMED = 20
"""How many tenants an error names."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Console:
    """A running Flotilla as its administrator reaches it."""

    settings: Settings
    stores: Stores

    @contextmanager
    def vault(self) -> Iterator[Vault]:
        """Open the way to OpenBao; raises Unavailable where none is known."""
        with closing(Vault.of(self.settings)) as vault:
            yield vault

    @property
    def admin_url(self) -> str:
        """The administrator's URL of the database; raises StartRefused where this machine has none."""
        if not self.settings.postgres_url:
            raise StartRefused(
                "This is the administrator's work, and his URL is not known here.", "Run it on the head."
            )
        return self.settings.postgres_url

    @property
    def public_url(self) -> str:
        """Where people reach the web server; raises StartRefused where nothing runs and no setting tells."""
        if not self.settings.public_url:
            raise StartRefused(f"Nothing runs from {self.settings.state}.", "Start it with `flotilla up`.")
        return self.settings.public_url

    def tenants(self) -> list[TenantRow]:
        """Read all tenants, by slug."""
        with platform_session(self.stores, "an administrator looks for a tenant") as session:
            return accounts.tenants(session)

    def tenant(self, slug: str) -> TenantRow:
        """Find a tenant by its slug; raises NotFound that names those there are."""
        there = self.tenants()
        for one in there:
            if one.slug == slug:
                return one
        raise NotFound(f"There is no tenant {slug!r}.", _choice([one.slug for one in there]))

    @contextmanager
    def entered(self, one: TenantRow) -> Iterator[Session]:
        """Open a transaction by a tenant's door, as its administrator."""
        with tenant_session(self.stores, Principal.person(one.id, myself(), Role.TENANT_ADMIN)) as session:
            yield session

    def note(self, session: Session, tenant_id: TenantId, action: str, about: tuple[str, object]) -> None:
        """Add to the audit log of a tenant what is done in this transaction: an action, a type and an id.

        It is for what leaves no operation: ``here.note(session, one.id, "sqlrole.created", ("sqlrole", name))``.
        """
        at, (object_type, object_id) = self.settings.clock().now(), about
        act = Act(who=myself(), at=at, action=action, object_type=object_type, object_id=str(object_id))
        audit.note(session, tenant_id, act)

    def every(self, one: TenantRow, read: Callable[[Session, T | None], Sequence[T]]) -> Iterator[T]:
        """Read all rows of something of a tenant, a page in a transaction of its own.

        ``read`` tells the PAGE rows that come after one that it has told, from the beginning where that is None.
        """
        last: T | None = None
        while True:
            with self.entered(one) as session:
                page = read(session, last)
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1]

    @contextmanager
    def registry(self, one: TenantRow) -> Iterator[Registry]:
        """Open a transaction in which a tenant's devices are made, changed and removed."""
        with self.entered(one) as session:
            yield Registry(session, self.author(), subjects.of)

    def author(self) -> Author:
        """Tell who sits here and when, for the record of what is done."""
        return Author(myself(), self.settings.clock().now())

    def egress(self, one: TenantRow) -> Egress:
        """Tell which addresses a tenant may reach."""
        with platform_session(self.stores, "an administrator looks at a tenant's networks") as session:
            granted = inventory.granted(session, one.id)
        return Egress.of(granted, listeners.networks(self.settings))


@contextmanager
def opened(state: Path | None) -> Iterator[Console]:
    """Reach the Flotilla that runs from a state directory; raises StartRefused where none does."""
    asked = running.load(state)
    if not asked.postgres_roles:
        raise StartRefused(f"Nothing runs from {asked.state}.", "Start it with `flotilla up`, or name it by --state.")
    with Stores.of(asked) as stores:
        yield Console(asked, stores)


def scope(session: Session, device_name: str | None, site: str | None, tag: str | None) -> Scope:
    """Find what is meant: a device, a site, a tag, or all devices; raises NotFound, or BadInput for no tag."""
    if device_name is not None:
        return Scope(device_id=device(session, device_name).id)
    if site is not None:
        return Scope(site_id=sites.find(session, site).id)
    return Scope(tag=None if tag is None else belonging.tag(tag))


def device(session: Session, which: str) -> DeviceRow:
    """Find a device of the tenant by its id or its name; raises NotFound."""
    try:
        device_id = DeviceId(UUID(which))
    except ValueError:
        return inventory.named(session, which)
    return inventory.one(session, device_id)


def ending(now: datetime, lasting: str) -> datetime:
    """Tell when what is given for a time ends; raises BadInput where it would have ended already, or never ends."""
    try:
        ends = now + span(lasting)
    except OverflowError as error:
        raise BadInput(f"{lasting} is too long.", "Give it a life such as 90d.") from error
    if ends <= now:
        raise BadInput(f"What ends after {lasting} could not be used at all.", "Give it a life such as 90d.")
    return ends


def myself() -> str:
    """Name who sits here, for the record of what was done."""
    return f"{psutil.Process().username()}{COMMAND_LINE}"


def _choice(slugs: list[str]) -> str:
    if not slugs:
        return "There is none yet: make it with `flotilla tenant add SLUG NAME`."
    more = f" and {len(slugs) - NAMED} more (`flotilla tenant list`)" if len(slugs) > NAMED else ""
    return f"Choose one of: {', '.join(slugs[:NAMED])}{more}."
