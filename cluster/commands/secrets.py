"""``flotilla secrets``: give the tenants' keys new versions, and let what they sealed lie under the newest."""

from __future__ import annotations

from typing import Annotated

import typer

from cluster import console, terminal
from cluster.console import Console
from db import keyring, sealedchannels, sealedlogins
from db.accounts import TenantRow
from db.platform import platform_session
from db.vault import Vault

command = typer.Typer(name="secrets", help="Rotate the keys that secrets lie under.", no_args_is_help=True)


@command.callback()
def secrets() -> None:
    """Rotate the keys that secrets lie under."""


@command.command(
    epilog="Example: [bold]flotilla secrets rotate --tenant northwind[/]\n\n"
    "Exit statuses: 0 rotated · 2 refused or OpenBao is away; what was done before stays good."
)
def rotate(
    tenant: Annotated[str | None, typer.Option("--tenant", help="One tenant.", show_default="all")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a new version of each tenant's key, and seal passwords and keys of configurations anew under it.

    Configurations are encrypted with a new key from now on; older ones stay readable under theirs.
    """
    with console.opened(state) as here, here.vault() as vault:
        tenants = here.tenants() if tenant is None else [here.tenant(tenant)]
        done = [{"tenant": one.slug, **_rotate(here, vault, one)} for one in tenants]
    if as_json:
        terminal.answer(done)
    else:
        rows = [[str(value) for value in each.values()] for each in done]
        terminal.table("", ("tenant", "keys of configurations", "passwords", "of channels"), rows)


def _rotate(here: Console, vault: Vault, one: TenantRow) -> dict[str, int]:
    """Rotate one tenant; each step may be done again, and what was sealed before always opens."""
    vault.rotate(one.id)
    with platform_session(here.stores, "an administrator rotates a tenant's keys") as session:
        keyring.rotate(session, vault, one.id, here.author().at)
        before = keyring.wrapped(session, one.id)
        after = dict(zip(before, vault.rewrap(one.id, list(before.values())), strict=True))
        keys = keyring.rewrap(session, one.id, before, after)
        here.note(session, one.id, "secrets.rotated", ("tenant", one.id))
    return {"keys": keys, "passwords": _logins(here, vault, one), "channels": _channels(here, vault, one)}


def _logins(here: Console, vault: Vault, one: TenantRow) -> int:
    with here.entered(one) as session:
        sealedlogins.hold(session, one.id)
        found = sealedlogins.read(here.stores, one.id)
        anew = vault.rewrap(one.id, [each.secret for each in found])
        return sum(sealedlogins.put(session, each, text) for each, text in zip(found, anew, strict=True))


def _channels(here: Console, vault: Vault, one: TenantRow) -> int:
    with here.entered(one) as session:
        sealedchannels.hold(session, one.id)
        found = sealedchannels.read(here.stores, one.id)
        anew = vault.rewrap(one.id, [each.secret for each in found])
        return sum(sealedchannels.put(session, each, text) for each, text in zip(found, anew, strict=True))
