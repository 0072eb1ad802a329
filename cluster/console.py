"""What the administrator's commands share: the stores and secrets of a running Flotilla, and a tenant by its slug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cluster import running
from db import accounts, inventory
from db.accounts import TenantRow
from db.engine import Stores
from db.platform import platform_session
from db.vault import Vault
from fleet.egress import Egress
from fleet.errors import NotFound, StartRefused
from fleet.settings import Settings

TenantOption = Annotated[
    str, typer.Option("--tenant", help="Whose: the tenant's slug, as `flotilla tenant list` says.")
]
NAMED = 20
"""How many tenants an error names."""


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

    def egress(self, one: TenantRow) -> Egress:
        """Tell which addresses a tenant may reach."""
        with platform_session(self.stores, "an administrator looks at a tenant's networks") as session:
            return Egress.of(inventory.networks(session.connection()).get(one.id, ()))


@contextmanager
def opened(state: Path | None) -> Iterator[Console]:
    """Reach the Flotilla that runs from a state directory; raises StartRefused where none does."""
    asked = running.load(state)
    if not asked.postgres_roles:
        raise StartRefused(f"Nothing runs from {asked.state}.", "Start it with `flotilla up`, or name it by --state.")
    with Stores.of(asked) as stores:
        yield Console(asked, stores)


def _choice(slugs: list[str]) -> str:
    if not slugs:
        return "There is none yet: make it with `flotilla tenant add SLUG NAME`."
    more = f" and {len(slugs) - NAMED} more (`flotilla tenant list`)" if len(slugs) > NAMED else ""
    return f"Choose one of: {', '.join(slugs[:NAMED])}{more}."
