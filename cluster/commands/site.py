"""``flotilla site``: the places where devices stand."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from cluster import console, terminal
from dashboard import units
from db import sites
from db.sites import SiteRow, Sites
from fleet.belonging import Spot
from fleet.errors import BadInput

command = typer.Typer(name="site", help="Make, rename, remove and list sites of devices.", no_args_is_help=True)

LatitudeOption = Annotated[float | None, typer.Option("--latitude", help="Degrees north, such as 59.91.")]
LongitudeOption = Annotated[float | None, typer.Option("--longitude", help="Degrees east, such as 10.75.")]
NameArgument = Annotated[str, typer.Argument(help="Its name within the tenant.")]


@command.command(
    epilog='Example: [bold]flotilla site add "Oslo 2" --tenant northwind --latitude 59.91 --longitude 10.75[/]'
)
def add(
    name: NameArgument,
    tenant: console.TenantOption,
    latitude: LatitudeOption = None,
    longitude: LongitudeOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make a site of a tenant; devices are put there by `flotilla device change NAME --site …`."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            made = Sites(session, here.author(), one.id).add(name, _spot(latitude, longitude))
            row = sites.one(session, made)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug})
    else:
        typer.echo(f"{row.name} is a site of {one.slug}.")


@command.command("list", epilog="Example: [bold]flotilla site list --tenant northwind --json[/]")
def show(
    tenant: console.TenantOption, state: terminal.StateOption = None, as_json: terminal.JsonOption = False
) -> None:
    """List the sites of a tenant by name, and how many devices stand at each."""
    with console.opened(state) as here:
        found = list(here.every(here.tenant(tenant), _page))
    if as_json:
        terminal.answer(
            [
                {"id": r.id, "name": r.name, "devices": r.devices, "latitude": r.latitude, "longitude": r.longitude}
                for r in found
            ]
        )
    else:
        terminal.table("", ("site", "devices"), [(r.name, str(r.devices)) for r in found])


@command.command(epilog='Example: [bold]flotilla site rename Oslo "Oslo 1" --tenant northwind[/]')
def rename(
    site: console.WhichArgument,
    name: Annotated[str, typer.Argument(help="Its new name within the tenant.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Give a site another name; its devices and what is planned for it stay with it."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = sites.find(session, site)
            Sites(session, here.author(), one.id).rename(row.id, name)
            now = sites.one(session, row.id)
    if as_json:
        terminal.answer({"id": now.id, "name": now.name, "tenant": one.slug})
    else:
        typer.echo(f"{row.name} of {one.slug} is called {now.name}.")


@command.command(
    epilog="Example: [bold]flotilla site place Oslo --tenant northwind --latitude 59.91 --longitude 10.75[/]"
)
def place(
    site: console.WhichArgument,
    tenant: console.TenantOption,
    latitude: LatitudeOption = None,
    longitude: LongitudeOption = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Say where on the earth a site is, for the map of sites; without coordinates it is on the map no more."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = sites.find(session, site)
            Sites(session, here.author(), one.id).place(row.id, _spot(latitude, longitude))
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "latitude": latitude, "longitude": longitude})
    else:
        where = "is on no map" if latitude is None else f"is at {latitude}, {longitude}"
        typer.echo(f"{row.name} of {one.slug} {where}.")


@command.command(epilog="Example: [bold]flotilla site remove Oslo --tenant northwind --yes[/]")
def remove(
    site: console.WhichArgument,
    tenant: console.TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only found.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Remove a site and the maintenance planned for it; its devices stay, and stand nowhere."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            row = sites.find(session, site)
            if not yes:
                there = units.plural(row.devices, "device")
                raise BadInput(f"{row.name} of {one.slug}, with {there}, would be removed.", "Say --yes to do it.")
            Sites(session, here.author(), one.id).remove(row.id)
    if as_json:
        terminal.answer({"id": row.id, "name": row.name, "tenant": one.slug, "removed": True})
    else:
        typer.echo(f"{row.name} is no site of {one.slug} any more.")


def _spot(latitude: float | None, longitude: float | None) -> Spot | None:
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise BadInput("One coordinate alone is no place.", "Give --latitude and --longitude.")
    return Spot(latitude, longitude)


def _page(session: Session, last: SiteRow | None) -> list[SiteRow]:
    return sites.page(session, None if last is None else last.name, console.PAGE)
