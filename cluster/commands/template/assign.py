"""``flotilla template assign`` and ``release``: where templates are intended to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from cluster import console, templatefile, terminal
from cluster.commands.template import VersionOption, command
from cluster.console import Console
from db import sites, templates
from db.accounts import TenantRow
from db.templates import AssignmentRow, Filled, Target, TemplateRow, Templates
from fleet import templates as rules
from fleet.errors import BadInput
from fleet.templates import Kind


@command.command(
    epilog="Examples: [bold]flotilla template assign firewall --tenant northwind --tag edge "
    "--set management=203.0.113.0/24[/]\n\n"
    "[bold]flotilla config drift --tenant northwind[/] tells where it is not so."
)
def assign(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    device: Annotated[str | None, typer.Option(help="For this device.")] = None,
    site: Annotated[str | None, typer.Option(help="For the devices of this site.")] = None,
    tag: Annotated[str | None, typer.Option(help="For the devices with this tag.")] = None,
    given: Annotated[list[str] | None, typer.Option("--set", help="A value of the template: name=value.")] = None,
    version: VersionOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Intend a template for a device, a site or a tag; nothing is sent to them."""
    if sum(one is not None for one in (device, site, tag)) != 1:
        raise BadInput("It is not said for whom the template is.", "Give one of --device, --site and --tag.")
    values = templatefile.values(given or [])
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = templates.version(session, templates.find(session, template).id, version)
            target = _target(session, device, site, tag)
            filled = _filled(here, one, row, values)
            made = Templates(session, here.author(), one.id).assign(row, target, filled)
    if as_json:
        terminal.answer({"id": made, "template": row.name, "version": row.number})
    else:
        typer.echo(f"{row.name}, version {row.number}, is intended for {device or site or tag}.")


@command.command(epilog="Example: [bold]flotilla template assignments firewall --tenant northwind[/]")
def assignments(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List for whom a template is intended."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        found = templates.assigned(session, templates.find(session, template).id)
    if as_json:
        terminal.answer([_document(row) for row in found])
        return
    rows = [(str(row.id), *_whom(row), str(row.number), row.created_by) for row in found]
    terminal.table("", ("assignment", "for", "which", "version", "by"), rows)


@command.command(epilog="Example: [bold]flotilla template release firewall 5f0c… --tenant northwind[/]")
def release(
    template: console.WhichArgument,
    assignment: Annotated[UUID, typer.Argument(metavar="ID", help="As `flotilla template assignments` says.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
) -> None:
    """Intend a template no more; devices stay as they are."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = templates.find(session, template)
            Templates(session, here.author(), one.id).release(row.id, assignment)
    typer.echo(f"{row.name} is not intended there any more.")


def _target(session: Session, device: str | None, site: str | None, tag: str | None) -> Target:
    return Target(
        None if device is None else console.device(session, device).id,
        None if site is None else sites.find(session, site).id,
        tag,
    )


def _filled(here: Console, one: TenantRow, row: TemplateRow, given: Mapping[str, object]) -> Filled:
    """Check the values by their types, and seal those of secrets; raises BadInput."""
    variables = row.template.variables
    rules.values(variables, given)
    hidden = {each.name: given[each.name] for each in variables if each.kind is Kind.SECRET}
    shown = {name: value for name, value in given.items() if name not in hidden}
    if not hidden:
        return Filled(shown)
    with here.vault() as vault:
        (sealed,) = vault.seal(one.id, [json.dumps(hidden).encode()])
    return Filled(shown, sealed)


def _whom(row: AssignmentRow) -> tuple[str, str]:
    if row.tag is not None:
        return "tag", row.tag
    return ("device", str(row.device_id)) if row.device_id else ("site", str(row.site_id))


def _document(row: AssignmentRow) -> dict[str, Any]:
    names = ("id", "template_id", "device_id", "site_id", "tag", "created_by", "created_at")
    return {**{name: getattr(row, name) for name in names}, "version": row.number, "values": dict(row.variables)}
