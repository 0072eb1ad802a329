"""``flotilla scan``: look for routers in a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from cluster import console, terminal
from cluster.console import Console
from db import scans
from db.accounts import TenantRow
from db.scans import Finding, Scan, Scans, Wanted
from fleet import scanning
from fleet.errors import BadInput
from fleet.scanning import FASTEST, PORTS, SLOWEST, USUAL, Service

"""Seconds between two looks at how far it is."""

command = typer.Typer()


@command.command(
    epilog="Examples: [bold]flotilla scan 10.20.0.0/24 --tenant northwind[/]\n\n"
    "[bold]flotilla scan 10.20.0.0/20 --tenant northwind --port api-ssl=8729 --rate 20 --json[/]"
)
def scan(
    network: Annotated[str, typer.Argument(help="Where to look: at most a /20 of the tenant's networks.")],
    tenant: console.TenantOption,
    port: Annotated[
        list[str] | None,
        typer.Option(
            help="A service and its port; several times for several.",
            show_default=", ".join(f"{service}={number}" for service, number in PORTS.items()),
        ),
    ] = None,
    rate: Annotated[float, typer.Option(min=SLOWEST, max=FASTEST, help="Connections a second.")] = USUAL,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Look for routers in a network, and list what answers; nothing is logged in to, and nothing is added.

    It goes on in the background where this is interrupted by a lost terminal; Ctrl-C cancels it.
    """
    wanted = Wanted(scanning.network(network), _ports(port or ()), rate)
    with console.opened(state) as here:
        one = here.tenant(tenant)
        scanning.allow(wanted.network, here.egress(one))
        with here.entered(one) as session:
            begun = Scans(session, here.author(), one.id).begin(wanted)
        try:
            ended = _watch(lambda: _look(here, one, begun))
        except KeyboardInterrupt:
            with here.entered(one) as session:
                Scans(session, here.author(), one.id).cancel(begun)
            raise
        with here.entered(one) as session:
            found = scans.found(session, begun, None, scanning.MOST)
    if as_json:
        terminal.answer(_document(ended, found))
    else:
        _tell(ended, found)
    if ended.error:
        raise typer.Exit(1)


def _ports(given: Sequence[str]) -> dict[Service, int]:
    """Read services and their ports; raises BadInput."""
    wanted: dict[Service, int] = {}
    for text in given:
        name, _, port = text.partition("=")
        if name not in list(Service) or not (port or "1").isdecimal() or not 1 <= int(port or 1) <= 65535:
            raise BadInput(f"{text!r} is no service and port.", f"Write one of {', '.join(Service)}, as api=8728.")
        wanted[Service(name)] = int(port) if port else PORTS[Service(name)]
    return wanted or dict(PORTS)


def _look(here: Console, one: TenantRow, scan_id: UUID) -> Scan:
    with here.entered(one) as session:
        return scans.one(session, scan_id)


def _watch(look: Callable[[], Scan]) -> Scan:
    """Show how far a search is, on standard error, until it has ended."""
    return terminal.watch(
        look,
        lambda now: not now.state.live,
        lambda now: f"{now.wanted.network}: {now.tried} of {now.total} addresses, {now.found} answered",
    )


def _tell(ended: Scan, found: Sequence[Finding]) -> None:
    rows = [
        (
            f.found.address,
            ", ".join(f"{name} {port}" for name, port in f.found.ports.items()),
            "yes" if f.found.speaks else "no",
            f.found.fingerprint or "",
            str(f.device_id or ""),
        )
        for f in found
    ]
    terminal.table("", ("address", "open", "speaks the API", "fingerprint", "device"), rows)
    why = f": {ended.error}" if ended.error else ""
    terminal.say(f"{ended.state}: {ended.tried} of {ended.total} addresses, {len(found)} answered{why}")


def _document(ended: Scan, found: Sequence[Finding]) -> dict[str, Any]:
    return {
        "id": ended.id,
        "network": str(ended.wanted.network),
        "state": ended.state,
        "error": ended.error,
        "total": ended.total,
        "tried": ended.tried,
        "found": [
            {
                "address": f.found.address,
                "ports": dict(f.found.ports),
                "fingerprint": f.found.fingerprint,
                "speaks": f.found.speaks,
                "device_id": f.device_id,
            }
            for f in found
        ],
    }
