"""``flotilla template``: configuration as text with typed variables, in versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from actors.intending import facts
from cluster import console, templatefile, terminal
from cluster.console import Console
from dashboard import units
from db import templates
from db.accounts import TenantRow
from db.templates import TemplateRow, Templates
from fleet.errors import BadInput
from fleet.templates import Template
from routeros import templating
from routeros.starters import starters

command = typer.Typer(
    name="template", help="Make, edit, preview, remove and list templates of configuration.", no_args_is_help=True
)

FileOption = Annotated[
    Path | None, typer.Option("--file", help="A YAML file with about, mode, variables and text, as `show` writes it.")
]
VersionOption = Annotated[int | None, typer.Option("--version", min=1, help="Which version; by itself the newest.")]


@command.command("list", epilog="Example: [bold]flotilla template list --tenant northwind --json[/]")
def listed(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the templates of a tenant by name, and the starters of which one can be made."""
    with console.opened(state) as here:
        found = list(here.every(here.tenant(tenant), _page))
    if as_json:
        terminal.answer([_document(row) for row in found])
        return
    rows = [(r.name, str(r.number), r.mode, units.plural(len(r.variables), "variable"), r.about) for r in found]
    terminal.table("", ("template", "version", "mode", "asks for", "about"), rows)
    typer.echo(f"Starters: {', '.join(sorted(starters()))}.")


@command.command(epilog="Example: [bold]flotilla template show firewall --tenant northwind > firewall.yaml[/]")
def show(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    version: VersionOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Write a template as a file that `add` and `edit` read."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        row = templates.version(session, templates.find(session, template).id, version)
    if as_json:
        terminal.answer({**_document(row), **templatefile.told(row.template)})
    else:
        typer.echo(templatefile.write(row.template), nl=False)


@command.command(
    epilog="Examples: [bold]flotilla template add firewall --tenant northwind --starter firewall[/]\n\n"
    "[bold]flotilla template add names --tenant northwind --file names.yaml[/]"
)
def add(
    name: Annotated[str, typer.Argument(help="Its name within the tenant.")],
    tenant: console.TenantOption,
    file: FileOption = None,
    starter: Annotated[str | None, typer.Option(help="Begin with this starter.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a template of a file or of a starter."""
    if (file is None) == (starter is None):
        raise BadInput("It is not said what the template holds.", "Give --file or --starter.")
    made = _begun(name, starter) if file is None else templatefile.read(name, file)
    templating.inspect(made)
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with _writer(here, one) as writer:
            row = templates.one(writer.session, writer.add(made))
    if as_json:
        terminal.answer({**_document(row), "tenant": one.slug})
    else:
        typer.echo(f"{row.name} is a template of {one.slug}.")


@command.command(epilog="Example: [bold]flotilla template edit names --tenant northwind --file names.yaml[/]")
def edit(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    file: FileOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Add a version to a template, from a file or as you write it in your editor; versions never change."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            before = templates.find(session, template)
        wanted = templatefile.edited(before.template) if file is None else templatefile.read(before.name, file)
        templating.inspect(wanted)
        with _writer(here, one) as writer:
            number = writer.amend(before.id, wanted)
            row = templates.one(writer.session, before.id)
    if as_json:
        terminal.answer({**_document(row), "tenant": one.slug, "changed": number != before.number})
    elif number == before.number:
        typer.echo(f"{row.name} of {one.slug} is as it was, in version {number}.")
    else:
        typer.echo(f"{row.name} of {one.slug} has version {number}.")


@command.command(
    epilog="Example: [bold]flotilla template preview firewall --tenant northwind --device core-1 "
    "--set management=203.0.113.0/24[/]"
)
def preview(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    device: Annotated[list[str], typer.Option("--device", help="For which device, by name or id; may be repeated.")],
    given: Annotated[
        list[str] | None, typer.Option("--set", help="A value as name=value; secrets are not asked for.")
    ] = None,
    version: VersionOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show what a template says for devices; nothing is sent to them, and secrets are masked."""
    values = templatefile.values(given or [])
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        row = templates.version(session, templates.find(session, template).id, version)
        devices = [console.device(session, which) for which in device]
    texts = [(one.name, templating.preview(row.template, values, facts(one))) for one in devices]
    if as_json:
        terminal.answer([{"device": name, "version": row.number, "text": text} for name, text in texts])
        return
    for name, text in texts:
        typer.echo(f"# {name}, {row.name} version {row.number}\n{text}", nl=False)


@command.command(epilog="Example: [bold]flotilla template remove names --tenant northwind --yes[/]")
def remove(
    template: console.WhichArgument,
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a template with its versions and assignments; devices stay as they are."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with _writer(here, one) as writer:
            row = templates.find(writer.session, template)
            if not yes:
                raise BadInput(f"The template {row.name} of {one.slug} would be removed.", "Say --yes to do it.")
            writer.remove(row.id)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug, "removed": True})
    else:
        typer.echo(f"{row.name} is no template of {one.slug} any more.")


@contextmanager
def _writer(here: Console, one: TenantRow) -> Iterator[Templates]:
    """Open a transaction in which a tenant's templates are made, changed and removed."""
    with here.entered(one) as session:
        yield Templates(session, here.author(), one.id)


def _page(session: Session, last: TemplateRow | None) -> list[TemplateRow]:
    return templates.page(session, None if last is None else last.name, console.PAGE)


def _begun(name: str, starter: str | None) -> Template:
    """Make a starter one's own; raises BadInput that names those there are."""
    found = starters().get(starter or "")
    if found is None:
        raise BadInput(f"There is no starter {starter!r}.", f"Choose one of: {', '.join(sorted(starters()))}.")
    return Template(name, found.about, found.variables, found.text, found.mode)


def _document(row: TemplateRow) -> dict[str, Any]:
    facts = {"id": row.id, "name": row.name, "about": row.about, "version": row.number, "mode": row.mode}
    return {**facts, "created_by": row.created_by, "created_at": row.created_at.isoformat()}
