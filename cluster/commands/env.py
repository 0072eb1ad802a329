"""``flotilla env``: what another machine of the cluster needs to know, as lines for its environment."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from cluster import running, terminal
from db.access import APP
from fleet.errors import BadInput
from fleet.settings import Settings

command = typer.Typer()

OURS_ALONE = frozenset(
    {"postgres_url", "web_host", "web_port", "web_threads", "web_tls", "web_certificate", "web_key"}
)
"""The administrator's way into the database, and what each web server has of its own."""

SERVERS = ("nats_url", "redis_url", "openbao_url", "ray_address", "ray_jobs_url")


@command.command(epilog="Example: [bold]flotilla env > flotilla.env[/] · there: [bold]set -a; . ./flotilla.env[/]")
def env(
    web: Annotated[bool, typer.Option("--web", help="For another web server: with the role that it needs.")] = False,
    here: Annotated[bool, typer.Option("--here", help="For a second node on this very machine.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Print the settings of a running Flotilla for a machine that is to join its Ray cluster: keep them secret.

    Refused while a server listens on this machine's loopback alone, for nobody else could reach it.
    """
    asked = running.load(state)
    needed = wanted(asked, web)
    if not here:
        _check_reach(asked)
    if as_json:
        terminal.answer(needed)
    else:
        typer.echo("\n".join(f"{name}={shlex.quote(value)}" for name, value in needed.items()))


def wanted(asked: Settings, web: bool = False) -> dict[str, str]:
    """Lay out what differs from the defaults, without what is of no use elsewhere, and what Ray itself wants."""
    found = asked.model_dump(mode="json", exclude_defaults=True, exclude=set(OURS_ALONE))
    found["state"] = str(asked.state)
    if not web:
        found.pop("session_key", None)
    roles = {role: url for role, url in asked.postgres_roles.items() if web or role != APP}
    lines = dict(_lines(found | ({"postgres_roles": roles} if roles else {})))
    if asked.ray_token:
        lines |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": asked.ray_token}
    # Ray's workers yield to everybody by default; ours are what the machine is there for.
    return lines | {"RAY_worker_niceness": "0"}


def _lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        yield f"FLOTILLA_{name.upper()}", value if isinstance(value, str) else json.dumps(value)


def _check_reach(asked: Settings) -> None:
    """Raise BadInput where somebody else would look for a server on a machine of his own."""
    places = [(name, str(getattr(asked, name))) for name in SERVERS]
    for name, place in [*places, *(("postgres_roles", url) for url in asked.postgres_roles.values())]:
        if not place:
            raise BadInput(f"Nobody has said where {name} points.", "Start Flotilla first: `flotilla up`.")
        if any(_is_loopback(one) for one in place.split(",")):
            step = "Give Flotilla servers of your own first (docs/growing.md); for a second node here, add --here."
            raise BadInput(f"{name} is on this machine's loopback, which no other machine reaches.", step)


def _is_loopback(place: str) -> bool:
    host = urlsplit(place if "://" in place else f"//{place}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
