"""The command that serves a fleet: its options, and what it does from the start to the end."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

import uvloop

from fleet.clock import SystemClock
from fleet.errors import BadInput
from routeros.simulator import control, faults, inventory
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.simulation import MOST_DEVICES, Options, Simulation, serve

MOST_HASTE = 10_000
BEAT_SECONDS = 1.0
EXAMPLE = """
example, 200 routers of two tenants, the same ones at every start; one in twenty is slow, number 3 restarts for ever:
  {prog} --devices 200 --tenants 2 --seed 7 \\
      --inventory fleet.json --control control.sock --state simulator/ \\
      --fault 5%:slow:seconds=2 --fault 3:reboot-loop

Each router has its own loopback address (127.64.0.1, 127.64.0.2, ...); the inventory tells addresses, ports, logins,
and the fingerprints of certificates and host keys. SIGTERM or Ctrl-C ends it in order.

On the control socket each line is a request, a JSON object with "command": stats (also for a "device"), restarts
(of a "device", and what it runs), fault (with "device" and "kind" and the kind's options, or with an "order" as
--fault takes it), lift ("device", "kind"), faults, channel ("name", "version").

A fault is DEVICES:KIND:OPTION=VALUE, where DEVICES is 3, 0-9, 5% or *. Several may be set on one device. The kinds:
{kinds}

exit statuses: 0 it was told to stop; 2 it could not start or was asked wrongly
"""


class Front(Protocol):
    """Who started it, and is told how it goes."""

    def say(self, line: str) -> None:
        """Tell of progress before all is ready."""
        ...

    def ready(self, simulation: Simulation) -> None:
        """Tell that every router answers, and the inventory is written."""
        ...

    def beat(self, simulation: Simulation) -> None:
        """Be called once a second from then on."""
        ...


class Parser(argparse.ArgumentParser):
    """Reads arguments; with ``brief``, what is wrong with them is raised as BadInput instead of told with a usage."""

    brief = False

    def error(self, message: str) -> NoReturn:
        if self.brief:
            raise BadInput(f"{message[:1].upper()}{message[1:]}.", f"`{self.prog} --help` tells what may be asked.")
        super().error(message)


def parser(prog: str) -> Parser:
    """Describe the command line."""
    made = Parser(
        prog=prog,
        description="Serve simulated RouterOS devices over the API, in plain and over TLS, and SSH.",
        epilog=EXAMPLE.format(prog=prog, kinds=faults.listed()),
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
    add("--download-port", type=int, metavar="PORT", help="serve packages as the vendor does, on this port")
    add("--fault", action="append", default=[], metavar="ORDER", help="what is wrong from the start; see below")
    add("--channel", action="append", default=[], metavar="NAME=VERSION", help="let an update channel point there")
    add("--canned", action="store_true", help="answer repeated polls from prepared bytes, for benchmarks")
    add("--steady", action="store_true", help="no router restarts by itself")
    add("--clock-origin", type=_instant, metavar="TIME", help="ISO time with zone from which the clock runs faster")
    add("--clock-factor", type=float, default=1.0, metavar="F", help="how many times as fast (default 1)")
    return made


def options(asked: argparse.Namespace) -> Options:
    """Read what to serve; raises BadInput."""
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
        download_port=asked.download_port,
        state=asked.state,
        clock=SystemClock(asked.clock_origin, asked.clock_factor),
        faults=tuple(faults.order(text) for text in asked.fault),
        channels=dict(_channel(text) for text in asked.channel),
        canned=asked.canned,
        steady=asked.steady,
    )


def run(asked: argparse.Namespace, front: Front) -> None:
    """Serve until told to stop; raises FleetError with one clear line where that cannot be."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(asked, front))


async def _serve(asked: argparse.Namespace, front: Front) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        simulation = await stack.enter_async_context(serve(options(asked), front.say))
        if asked.inventory:
            inventory.write(asked.inventory, simulation.inventory())
        # Whoever can reach the control socket may rely on everything else.
        if asked.control:
            await stack.enter_async_context(control.served(asked.control, simulation.control))
        front.ready(simulation)
        await _until(stopped, simulation, front)


async def _until(stopped: asyncio.Event, simulation: Simulation, front: Front) -> None:
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), BEAT_SECONDS)
        except TimeoutError:
            front.beat(simulation)


def _channel(text: str) -> tuple[str, str]:
    name, _, version = text.partition("=")
    return name, version


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant
