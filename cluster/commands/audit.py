"""``flotilla audit``: read the audit log, and see whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from api import times
from cluster import console, terminal
from cluster.console import Console
from dashboard import units
from db import audit
from db.audit import Narrow
from db.platform import platform_session
from fleet.audit import PLATFORM, Entry, Head, Misfit
from fleet.errors import BadInput
from fleet.identity import TenantId

command = typer.Typer(name="audit", help="Read the audit log and verify it.", no_args_is_help=True)

TenantChoice = Annotated[
    str | None, typer.Option("--tenant", help="Whose: the tenant's slug. Without it: all.", show_default="all")
]
VERIFY = (
    "Examples: [bold]flotilla audit verify[/]\n\n"
    "[bold]flotilla audit verify --tenant northwind --head 812:5f0c…[/]\n\n"
    "Exit statuses: 0 every entry fits · 1 one does not, and it is named · 2 refused, nothing was read."
)
PLATFORMS = "(platform)"
"""How the chain is called that is no tenant's."""
SHOWN = 8
"""How much of an id is shown: enough to tell one from another."""


@command.command(epilog=VERIFY)
def verify(
    tenant: TenantChoice = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH", help="What an earlier run told of this tenant: the chain must still hold it."
        ),
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Go along each tenant's chain and name the first entry that was changed, removed, moved or cut off.

    Keep the head that is told somewhere else: whoever owns the database could write a whole chain anew.
    """
    if head is not None and tenant is None:
        raise BadInput("It is not said whose head that is.", "Name the tenant by --tenant, too.")
    known = None if head is None else _head(head)
    with console.opened(state) as here:
        names = _names(here)
        with platform_session(here.stores, "an administrator verifies the audit log") as session:
            chosen = audit.chains(session) if tenant is None else [here.tenant(tenant).id]
            found = {one: audit.verify(session, one, known) for one in chosen}
    _told(found, names, as_json)
    if any(misfit for _, misfit in found.values()):
        raise typer.Exit(1)


@command.command("list", epilog="Example: [bold]flotilla audit list --tenant northwind --action sites. --json[/]")
def show(
    tenant: TenantChoice = None,
    who: Annotated[str | None, typer.Option(help="Only what this one did.", show_default="anybody")] = None,
    action: Annotated[str | None, typer.Option(help="Only actions that begin so.", show_default="any")] = None,
    about: Annotated[str | None, typer.Option("--object", help="Only on the object of this id.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from then on: 2026-03-01T22:00:00Z, or now-2h.")] = None,
    last: Annotated[int, typer.Option(min=1, help="At most so many of each tenant, the newest.")] = 50,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List what was done and refused, the newest first; without a tenant what belongs to none comes last."""
    with console.opened(state) as here:
        start = None if since is None else times.instant(since, here.settings.clock().now())
        narrow, names = Narrow(who, action, None, about, start), _names(here)
        with platform_session(here.stores, "an administrator reads the audit log") as session:
            chosen = audit.chains(session) if tenant is None else [here.tenant(tenant).id]
            found = [each for one in chosen for each in islice(_newest(session, one, narrow), last)]
    if as_json:
        terminal.answer([_document(each, names) for each in found])
    else:
        head = ("tenant", "number", "when (UTC)", "who", "what", "on", "outcome")
        terminal.table("", head, list(_lines(found, names)))


def _newest(session: Session, tenant_id: TenantId, narrow: Narrow) -> Iterator[Entry]:
    before: int | None = None
    while batch := audit.page(session, before, console.PAGE, narrow, tenant_id):
        yield from batch
        before = batch[-1].number


def _names(here: Console) -> dict[TenantId, str]:
    return {PLATFORM: PLATFORMS} | {one.id: one.slug for one in here.tenants()}


def _head(text: str) -> Head:
    number, _, digest = text.partition(":")
    try:
        found = Head(int(number), bytes.fromhex(digest))
    except ValueError as error:
        raise BadInput(f"{text[:80]!r} is no head.", "Give it as `flotilla audit verify` tells it.") from error
    return found


def _told(found: dict[TenantId, tuple[Head, Misfit | None]], names: dict[TenantId, str], as_json: bool) -> None:
    if as_json:
        terminal.answer([_verdict(names.get(one, str(one)), *each) for one, each in found.items()])
        return
    for one, (head, misfit) in found.items():
        name = names.get(one, f"{one} (gone)")
        if misfit is None:
            typer.echo(f"{name}: {units.plural(head.number, 'entry', 'entries')} fit. Head {head}")
        else:
            typer.echo(f"{name}: entry {misfit.number} does not fit: {misfit.reason}. {head.number} before it do.")


def _verdict(name: str, head: Head, misfit: Misfit | None) -> dict[str, Any]:
    wrong = None if misfit is None else {"number": misfit.number, "reason": misfit.reason}
    return {"tenant": name, "fits": misfit is None, "entries": head.number, "head": str(head), "misfit": wrong}


def _lines(found: Iterable[Entry], names: dict[TenantId, str]) -> Iterator[tuple[str, ...]]:
    for entry in found:
        act = entry.act
        about = f"{act.object_type or ''} {(act.object_id or '')[:SHOWN]}".strip()
        outcome = act.outcome.value if act.detail is None else f"{act.outcome.value}: {act.detail}"
        place = names.get(entry.tenant_id, str(entry.tenant_id)[:SHOWN])
        yield (place, str(entry.number), f"{act.at:%Y-%m-%d %H:%M:%S}", act.who, act.action, about, outcome)


def _document(entry: Entry, names: dict[TenantId, str]) -> dict[str, Any]:
    act = entry.act
    return {
        "tenant": names.get(entry.tenant_id),
        "tenant_id": entry.tenant_id,
        "number": entry.number,
        "at": act.at.isoformat(),
        "who": act.who,
        "role": act.role,
        "address": act.address,
        "action": act.action,
        "object_type": act.object_type,
        "object_id": act.object_id,
        "outcome": act.outcome,
        "request_id": act.request_id,
        "detail": act.detail,
        "link": entry.hash.hex(),
    }
