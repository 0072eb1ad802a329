"""A fleet of routers that is being served: what holds models, routers, listeners and counts together."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from fleet.clock import Clock, SystemClock
from fleet.errors import BadInput, StartRefused
from routeros.simulator import faults, naming
from routeros.simulator.certificates import Certificates, certificates
from routeros.simulator.inventory import Entry
from routeros.simulator.ledger import Ledger
from routeros.simulator.listeners import BACKLOG, House, Plain, Secured, listen
from routeros.simulator.model import Model, chosen
from routeros.simulator.router import Router
from routeros.simulator.ssh import keys, service
from routeros.simulator.winbox import Winbox

MOST_DEVICES = 50_000
SPARE_FILES = 64
"""Descriptors needed beside one for each device."""


@dataclass(frozen=True, slots=True)
class Options:
    """Which fleet to serve. ``personas`` replaces the mix; ports of 0 are chosen by the kernel.

    With ``state`` the routers' certificates are the same at the next start.
    """

    devices: int
    seed: int = 1
    tenants: int = 1
    personas: tuple[str, ...] = ()
    username: str = "flotilla"
    api_port: int = 0
    tls_port: int = 0
    ssh_port: int = 0
    winbox_port: int = 0
    state: Path | None = None
    clock: Clock = field(default_factory=SystemClock)

    def check(self) -> None:
        """Raise BadInput for a fleet that cannot be."""
        if not 1 <= self.devices <= MOST_DEVICES:
            raise BadInput(f"{self.devices} devices cannot be served.", f"Choose 1 to {MOST_DEVICES}.")
        if not 1 <= self.tenants <= 1000:
            raise BadInput(f"{self.tenants} tenants make no fleet.", "Choose 1 to 1000.")
        for port in (self.api_port, self.tls_port, self.ssh_port, self.winbox_port):
            if not 0 <= port <= 65535:
                raise BadInput(f"{port} is no port.", "Choose 1 to 65535, or 0 for one that is free.")
        chosen(self.personas)


class Simulation:
    """The routers being served. Routers come into being when they are first called."""

    def __init__(self, options: Options, ports: tuple[int, int, int, int]) -> None:
        self.options = options
        self.api_port, self.tls_port, self.ssh_port, self.winbox_port = ports
        self.ledger = Ledger()
        self.models = [Model(options.seed, i, options.personas) for i in range(options.devices)]
        self._routers: dict[int, Router] = {}

    @cached_property
    def certificates(self) -> Certificates:
        wanted = ((model.mark, model.address) for model in self.models)
        return certificates(wanted, self.options.state)

    def router(self, index: int) -> Router | None:
        """Find a router by its place, or None where there is none."""
        if index not in self._routers:
            if not 0 <= index < len(self.models):
                return None
            password = naming.password(self.options.seed, index)
            self._routers[index] = Router(self.models[index], self.options.clock, password, self.options.username)
            self._await_boot(self._routers[index])
        return self._routers[index]

    def inventory(self) -> tuple[Entry, ...]:
        """List all routers with their addresses, logins and fingerprints."""
        return tuple(self._entry(model) for model in self.models)

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request of the control socket; raises BadInput."""
        match request.get("command"):
            case "stats" if "device" in request:
                return dict(self.ledger.device(self._asked(request).model.index))
            case "stats":
                return dict(self.ledger.stats())
            case "fault":
                self.afflict(self._asked(request), faults.asked(request))
                return {"ok": True}
        raise BadInput(f"There is no command {request.get('command')!r}.", "Choose stats or fault.")

    def afflict(self, router: Router, fault: faults.Fault) -> None:
        """Set a router's fault; one that goes down loses its sessions at once."""
        router.fault = fault
        if fault.kind is faults.Kind.DOWN:
            for guest in list(router.guests):
                guest.cut()

    def _asked(self, request: dict[str, Any]) -> Router:
        index = request.get("device")
        router = self.router(index) if isinstance(index, int) else None
        if router is None:
            raise BadInput(f"There is no device {index!r}.", f"Choose 0 to {len(self.models) - 1}.")
        return router

    def _entry(self, model: Model) -> Entry:
        board, host_key = model.persona.board, keys.first(model).public
        return Entry(
            index=model.index,
            address=model.address,
            api_port=self.api_port,
            api_ssl_port=self.tls_port,
            ssh_port=self.ssh_port,
            winbox_port=self.winbox_port,
            username=self.options.username,
            password=naming.password(model.seed, model.index),
            fingerprint=self.certificates[model.mark].fingerprint,
            host_key=keys.fingerprint(host_key),
            host_public_key=host_key,
            persona=model.persona.name,
            identity=model.identity,
            serial=model.serial or naming.system_id(model.root),
            model=board.model or board.name,
            version=str(model.version),
            site=model.site.name,
            tenant=model.site.number % self.options.tenants,
        )

    def _await_boot(self, router: Router) -> None:
        """Let a router restart when its model says so."""
        at = self.options.clock.now().timestamp()
        wait = timedelta(seconds=float(router.model.boots.next(at)[0]) - at)

        def restart() -> None:
            router.reboot()
            self._await_boot(router)

        asyncio.get_running_loop().call_later(self.options.clock.real(wait) + 0.01, restart)

    def stop(self) -> None:
        """Cut every session."""
        for router in self._routers.values():
            for guest in list(router.guests):
                guest.cut()


@asynccontextmanager
async def serve(options: Options) -> AsyncIterator[Simulation]:
    """Serve a fleet until left; raises FleetError with one clear line when it cannot be."""
    options.check()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_to_allow(options.devices + SPARE_FILES, soft, hard), hard))
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        asked = (options.api_port, options.tls_port, options.ssh_port, options.winbox_port)
        plain, secured, shell, winbox = (stack.enter_context(listen(port)) for port in asked)
        taken = [listener.getsockname()[1] for listener in (plain, secured, shell, winbox)]
        simulation = Simulation(options, (taken[0], taken[1], taken[2], taken[3]))
        house = House(simulation.router, simulation.ledger, simulation.certificates)
        for listener, connection in ((plain, Plain), (secured, Secured), (winbox, Winbox)):
            server = await loop.create_server(partial(connection, house), sock=listener, backlog=BACKLOG)
            stack.callback(server.close)
        stack.callback(simulation.stop)
        async with service.served(house, shell):
            yield simulation


def files_to_allow(wanted: int, soft: int, hard: int) -> int:
    """Tell how many open files to allow; raises StartRefused when so many may not be had."""
    if hard < wanted:
        raise StartRefused(
            f"The simulator needs {wanted} open files and may have {hard}.",
            f"Raise the limit (ulimit -Hn {wanted}), or serve fewer devices.",
        )
    return max(soft, wanted)
