"""``flotilla simulate``: simulated routers to try things on, without anything that watches them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import typer

from cluster import terminal
from routeros.simulator import command as simulator
from routeros.simulator.simulation import Simulation

command = typer.Typer()
PROG = "flotilla simulate"
SHOWN = 5
"""How many devices are named where a person looks."""


@command.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
    options_metavar="OPTIONS",
)
def simulate(asked: typer.Context) -> None:
    """Serve simulated RouterOS devices on this machine, with any fault you like.

    The options are those of `python -m routeros.simulator`, which reads them for both.
    """
    parser = simulator.parser(PROG)
    parser.add_argument("--json", action="store_true", help="say in JSON what is served, for programs")
    if {"-h", "--help"} & set(asked.args):
        typer.echo(parser.format_help())
        return
    parser.brief = True
    words = parser.parse_args(asked.args)
    with terminal.live() as show:
        simulator.run(words, _Shown(words.json, show))


class _Shown:
    """Tells a person, or a program, what is served and how it is used."""

    def __init__(self, as_json: bool, show: Any) -> None:
        self._as_json, self._show = as_json, show

    def say(self, line: str) -> None:
        self._show(line)

    def ready(self, simulation: Simulation) -> None:
        if self._as_json:
            typer.echo(json.dumps(simulation.ready()))
            return
        kinds = Counter(entry.persona for entry in simulation.inventory())
        mix = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        terminal.out.print(f"[bold]{len(simulation.models):,} routers answer[/]: {mix}", soft_wrap=True)
        rows = [
            (entry.identity, entry.address, f"{entry.username} / {entry.password}", entry.model, entry.version)
            for entry in simulation.inventory()[:SHOWN]
        ]
        terminal.table("", ("identity", "address", "login", "board", "version"), rows)
        terminal.out.print(
            f"\nAPI on port {simulation.api_port}, over TLS on {simulation.tls_port}, SSH on {simulation.ssh_port}. "
            "Ctrl-C ends it.",
            soft_wrap=True,
        )

    def beat(self, simulation: Simulation) -> None:
        now = simulation.ledger.stats()
        self._show(
            f"{now['sessions']:,} sessions · {now['polls_ok']:,} polls answered, {now['polls_failed']:,} failed · "
            f"{now['commands']:,} commands · {now['cpu_seconds']:,} s of CPU"
        )
