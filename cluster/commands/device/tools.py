"""``flotilla device ping``, ``traceroute``, ``log`` and ``run``: what a router is asked at once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from cluster import console, inquiry, terminal
from cluster.commands.device import command
from cluster.following import Follower, Tail
from fleet.errors import BadInput
from fleet.questions import MOST_ROWS
from routeros.inquiry import Wish, told
from routeros.inquiry.told import LogLine

HostArgument = Annotated[str, typer.Argument(help="An IP address, or a name that the device resolves.")]


@dataclass
class Listening:
    """Prints each ping as it comes back; ``heard`` counts them."""

    heard: int = 0

    def hear(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Print those of the rows that are new."""
        for one in told.pings(rows).each[self.heard :]:
            came = one.status or f"{_time(one.milliseconds)} ms"
            typer.echo(f"{one.number:>3}  {one.host}  {came}")
        self.heard = len(rows)


@command.command(epilog="Example: [bold]flotilla device ping core-1 192.0.2.1 --tenant northwind[/]")
def ping(
    device: console.WhichArgument,
    host: HostArgument,
    tenant: console.TenantOption,
    count: Annotated[int, typer.Option(min=1, max=15, help="How many are sent.")] = 5,
    source: Annotated[str | None, typer.Option(help="The device's address that they come from.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Ping from a device; the exit status is 1 where nothing came back."""
    said = {"address": host, "count": str(count), **({"src-address": source} if source else {})}
    with console.opened(state) as here:
        hear = None if as_json else Listening().hear
        reply = inquiry.ask(here, (here.tenant(tenant), device), Wish("", "ping", said), hear=hear)
    found = told.pings(reply.rows)
    if as_json:
        terminal.answer({**asdict(found), "loss_ratio": found.loss})
    else:
        terminal.say(f"{found.received} of {found.sent} came back, {found.loss:.0%} lost")
    if not found.received:
        raise typer.Exit(1)


@command.command(epilog="Example: [bold]flotilla device traceroute core-1 192.0.2.1 --tenant northwind[/]")
def traceroute(
    device: console.WhichArgument,
    host: HostArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Trace the way from a device to a host."""
    with console.opened(state) as here:
        reply = inquiry.ask(here, (here.tenant(tenant), device), Wish("/tool", "traceroute", {"address": host}))
    hops = told.hops(reply.rows)
    if as_json:
        terminal.answer([asdict(hop) for hop in hops])
    else:
        rows = [
            (str(hop.number), hop.address or "–", _time(hop.last), _time(hop.worst), hop.status or "") for hop in hops
        ]
        terminal.table("", ("hop", "address", "ms", "worst", "status"), rows)
        if reply.more:
            terminal.say("the time was over before the whole way was known")


@command.command(
    epilog="Examples: [bold]flotilla device log core-1 --tenant northwind --limit 50[/]\n\n"
    "[bold]flotilla device log core-1 --tenant northwind --follow[/] (Ctrl-C ends it)\n\n"
    "With --follow and --json each line is a document of its own. The lines that tell of our own logins are left out."
)
def log(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="The newest so many lines.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new lines as they come.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Show the newest lines of a device's own log; times are in the device's zone."""
    wish = Wish("/log", "print")
    with console.opened(state) as here:
        which = here.tenant(tenant), device
        if follow:
            row, asked = inquiry.question(here, which, wish, limit)
            tell = _document if as_json else _line
            Follower(lambda: told.lines(inquiry.again(here, asked).rows), tell, time.sleep).run(Tail(row.username))
        reply = inquiry.ask(here, which, wish, rows=limit)
    lines = told.lines(reply.rows)
    if as_json:
        terminal.answer([asdict(line) for line in lines])
    else:
        rows = [(line.time, ",".join(line.topics), line.message) for line in lines]
        terminal.table("", ("time", "topics", "message"), rows)


@command.command(
    epilog="Examples: [bold]flotilla device run core-1 /ip/address print --tenant northwind[/]\n\n"
    "[bold]flotilla device run core-1 /interface/ethernet monitor numbers=ether1 --tenant northwind[/]"
)
def run(
    device: console.WhichArgument,
    menu: Annotated[str, typer.Argument(help="The menu, with slashes.")],
    verb: Annotated[str, typer.Argument(metavar="COMMAND", help="Such as print.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...")] = None,
    *,
    tenant: console.TenantOption,
    where: Annotated[list[str] | None, typer.Option(help="Of a print: NAME=VALUE that rows must have.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="At most so many rows.")] = 200,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Ask a device by a command that changes nothing; what changes something is a push. Secrets are masked."""
    wish = Wish(menu.rstrip("/"), verb, _pairs(arguments or ()), _pairs(where or ()))
    with console.opened(state) as here:
        reply = inquiry.ask(here, (here.tenant(tenant), device), wish, rows=limit)
    if as_json:
        terminal.answer({"rows": reply.rows, "more": reply.more})
        return
    columns = list(dict.fromkeys(name for row in reply.rows for name in row if not name.startswith(".")))
    terminal.table("", columns, [[row.get(name, "") for name in columns] for row in reply.rows])
    terminal.say(f"{len(reply.rows)} rows{', and there are more' if reply.more else ''}")


def _document(line: LogLine) -> None:
    typer.echo(json.dumps(asdict(line)))


def _line(line: LogLine) -> None:
    typer.echo(terminal.clean(f"{line.time}  {','.join(line.topics)}  {line.message}").plain)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    """Read NAME=VALUE; a name alone says that it is meant. Raises BadInput."""
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        if not name:
            raise BadInput(f"{text!r} is no argument.", "Write it as name=value.")
        found[name] = value
    return found


def _time(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds:.1f}"
