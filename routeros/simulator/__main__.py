"""Serve a fleet of simulated routers: ``python -m routeros.simulator --devices 200``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import uvloop

from fleet.clock import SystemClock
from fleet.errors import BadInput, FleetError
from routeros.simulator import control, inventory
from routeros.simulator.model import PERSONAS
from routeros.simulator.simulation import MOST_DEVICES, Options, serve

MOST_HASTE = 10_000
EXAMPLE = """
example, 200 routers of two tenants, the same ones at every start:
  python -m routeros.simulator --devices 200 --tenants 2 --seed 7 \\
      --inventory fleet.json --control control.sock --state simulator/

Each router has its own loopback address (127.64.0.1, 127.64.0.2, ...); the inventory tells addresses, ports, logins
and certificate fingerprints. When all of them answer, one line of JSON is printed. SIGTERM or Ctrl-C ends it.
On the control socket each line is a request: {"command":"stats"}, {"command":"stats","device":3} or
{"command":"fault","device":3,"kind":"down"} (garbage, down, slow, refuse-login or none).
"""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog="python -m routeros.simulator",
        description="Serve simulated RouterOS devices over the API, in plain and over TLS, and SSH.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--devices", type=int, required=True, metavar="N", help=f"how many routers, 1 to {MOST_DEVICES}")
    add("--seed", type=int, default=1, metavar="S", help="which fleet; the same seed is the same fleet (default 1)")
    add("--tenants", type=int, default=1, metavar="T", help="share the sites out among so many tenants (default 1)")
    add("--personas", default="", metavar="A,B", help=f"only these, in turn: {', '.join(sorted(PERSONAS))}")
    add("--username", default="flotilla", metavar="NAME", help="the routers' user (default flotilla)")
    add("--inventory", type=Path, metavar="FILE", help="write what is served to this file, as JSON")
    add("--control", type=Path, metavar="SOCKET", help="answer counts and take faults on this Unix socket")
    add("--state", type=Path, metavar="DIR", help="keep the routers' certificates here for the next start")
    add("--api-port", type=int, default=0, metavar="PORT", help="port of the plain API (default: a free one)")
    add("--tls-port", type=int, default=0, metavar="PORT", help="port of the API over TLS (default: a free one)")
    add("--ssh-port", type=int, default=0, metavar="PORT", help="port of SSH (default: a free one)")
    add("--winbox-port", type=int, default=0, metavar="PORT", help="port of WinBox (default: a free one)")
    add("--clock-origin", type=_instant, metavar="TIME", help="ISO time with zone from which the clock runs faster")
    add("--clock-factor", type=float, default=1.0, metavar="F", help="how many times as fast (default 1)")
    return made


def main() -> None:
    """Serve until told to stop; bad input is one line and exit status 2."""
    asked = parser().parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(_options(asked), asked.inventory, asked.control))
    except FleetError as error:
        sys.stderr.write(f"simulator: {error}\n")
        sys.exit(2)


def _options(asked: argparse.Namespace) -> Options:
    if not 0 < asked.clock_factor <= MOST_HASTE:
        raise BadInput(
            f"A clock of factor {asked.clock_factor} cannot be.", f"Choose more than 0, at most {MOST_HASTE}."
        )
    return Options(
        devices=asked.devices,
        seed=asked.seed,
        tenants=asked.tenants,
        personas=tuple(name for name in asked.personas.split(",") if name),
        username=asked.username,
        api_port=asked.api_port,
        tls_port=asked.tls_port,
        ssh_port=asked.ssh_port,
        winbox_port=asked.winbox_port,
        state=asked.state,
        clock=SystemClock(asked.clock_origin, asked.clock_factor),
    )


async def _serve(options: Options, list_to: Path | None, control_at: Path | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        simulation = await stack.enter_async_context(serve(options))
        if list_to:
            inventory.write(list_to, simulation.inventory())
        # Whoever can reach the control socket may rely on everything else.
        if control_at:
            await stack.enter_async_context(control.served(control_at, simulation.control))
        ports = {name: getattr(simulation, name) for name in ("api_port", "tls_port", "ssh_port", "winbox_port")}
        sys.stdout.write(json.dumps({"ready": True, **ports, "devices": options.devices}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant


if __name__ == "__main__":
    main()
