"""A fleet of routers that is being served: what holds models, routers, listeners and counts together."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from fleet.clock import Clock, SystemClock
from fleet.errors import BadInput, StartRefused
from routeros.simulator import faults
from routeros.simulator.device import naming
from routeros.simulator.device.downloads import Downloads
from routeros.simulator.device.firmware import Channels
from routeros.simulator.device.model import Model, chosen
from routeros.simulator.doors import web
from routeros.simulator.doors.certificates import Certificates, certificates
from routeros.simulator.doors.listeners import BACKLOG, House, Plain, Secured, listen
from routeros.simulator.doors.ssh import keys, service
from routeros.simulator.doors.tls import Tls
from routeros.simulator.doors.winbox import Winbox
from routeros.simulator.inventory import Entry
from routeros.simulator.ledger import Ledger
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.router import Condition, Router

MOST_DEVICES = 50_000
COMMANDS = "stats, answers, restarts, fault, lift, faults, channel, press (the button) or mode (device-mode)"
SPARE_FILES = 64
"""Descriptors needed beside one for each device."""


@dataclass(frozen=True, slots=True)
class Options:
    """Which fleet to serve. ``personas`` replaces the mix; ports of 0 are chosen by the kernel.

    With ``state`` the routers' certificates are the same at the next start. ``faults`` are there from the start,
    ``channels`` point where they are told to, and ``canned`` answers repeated polls from prepared bytes. With a
    ``download_port`` the vendor's download server is there, too. ``steady`` ones restart only where they are told.
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
    download_port: int | None = None
    state: Path | None = None
    clock: Clock = field(default_factory=SystemClock)
    faults: tuple[faults.Order, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    canned: bool = False
    steady: bool = False

    def check(self) -> None:
        """Raise BadInput for a fleet that cannot be."""
        if not 1 <= self.devices <= MOST_DEVICES:
            raise BadInput(f"{self.devices} devices cannot be served.", f"Choose 1 to {MOST_DEVICES}.")
        if not 1 <= self.tenants <= 1000:
            raise BadInput(f"{self.tenants} tenants make no fleet.", "Choose 1 to 1000.")
        for port in (self.api_port, self.tls_port, self.ssh_port, self.winbox_port, self.download_port or 0):
            if not 0 <= port <= 65535:
                raise BadInput(f"{port} is no port.", "Choose 1 to 65535, or 0 for one that is free.")
        for order in self.faults:
            if order.first >= self.devices:
                raise BadInput(f"There is no device {order.first} to have a fault.", f"Name 0 to {self.devices - 1}.")
        chosen(self.personas)
        for channel, version in self.channels.items():
            Channels().point(channel, version)


class Simulation:
    """The routers being served. Routers come into being when they are first called."""

    def __init__(self, options: Options, ports: tuple[int, int, int, int]) -> None:
        self.options = options
        self.api_port, self.tls_port, self.ssh_port, self.winbox_port = ports
        self.ledger = Ledger()
        self.models = [
            Model(options.seed, i, options.personas, fleet=options.devices) for i in range(options.devices)
        ]
        for model in self.models if options.steady else ():
            model.steady()
        self.channels = Channels()
        self.downloads = Downloads(self.channels)
        self.download_port: int | None = None
        for channel, version in options.channels.items():
            self.channels.point(channel, version)
        self.certificates = Certificates({})
        self._routers: dict[int, Router] = {}

    def ready(self) -> dict[str, Any]:
        """Tell in short what is served."""
        ports = {name: getattr(self, name) for name in ("api_port", "tls_port", "ssh_port", "winbox_port")}
        more = {} if self.download_port is None else {"download_port": self.download_port}
        return {"ready": True, **ports, **more, "devices": len(self.models)}

    def certify(self, say: Callable[[str], None]) -> None:
        """Find or make the certificates of all routers."""
        wanted = [(model.mark, model.address) for model in self.models]
        self.certificates = certificates(wanted, self.options.state, say)

    @cached_property
    def tls(self) -> Tls:
        return Tls(self.certificates)

    def router(self, index: int) -> Router | None:
        """Find a router by its place, or None where there is none."""
        if index not in self._routers:
            if not 0 <= index < len(self.models):
                return None
            self._routers[index] = self._made(self.models[index])
        return self._routers[index]

    def _made(self, model: Model) -> Router:
        options = self.options
        router = Router(model, options.clock, naming.password(options.seed, model.index), options.username)
        router.channels, router.canned = self.channels, options.canned
        router.certificate = b"" if self._is_anonymous(model) else self.certificates[model.mark].certificate
        self._await_boot(router)
        for order in options.faults:
            if order.hits(options.seed, model.index):
                # An order for many passes over those that have no such interface.
                with suppress(BadInput):
                    mishaps.strike(router, order.fault)
        return router

    def inventory(self) -> tuple[Entry, ...]:
        """List all routers with their addresses, logins and fingerprints."""
        return tuple(self._entry(self._now(model)) for model in self.models)

    def _now(self, model: Model) -> Model:
        """Find what has become of a model: a device may have been upgraded."""
        known = self._routers.get(model.index)
        return known.model if known else model

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request of the control socket; raises BadInput."""
        match request.get("command"):
            case "stats" if "device" in request:
                return dict(self.ledger.device(self._asked(request).model.index))
            case "stats":
                return dict(self.ledger.stats())
            case "answers":
                return self.ledger.book.read(_number(request.get("after", 0)))
            case "restarts":
                return self._asked(request).part(Boot).told()
            case "fault" if "order" in request:
                return {"devices": self.afflict(faults.order(str(request["order"])))}
            case "fault":
                mishaps.strike(self._asked(request), faults.asked(request))
                return {"ok": True}
            case "lift":
                mishaps.lift(self._asked(request), faults.asked(request).kind)
                return {"ok": True}
            case "faults" if "device" in request:
                return {"faults": list(self._asked(request).faults)}
            case "faults":
                return {kind: sort.help for kind, sort in faults.SORTS.items()}
            case "channel":
                self.channels.point(str(request.get("name")), str(request.get("version")))
                return {"ok": True}
            case "press":
                return {"ok": self._asked(request).part(DeviceMode).press()}
            case "mode":
                self._asked(request).part(DeviceMode).come_in(str(request.get("mode")))
                return {"ok": True}
        raise BadInput(f"There is no command {request.get('command')!r}.", f"Choose {COMMANDS}.")

    def afflict(self, order: faults.Order) -> int:
        """Set a fault on all devices that it is for and that can have it, and tell how many they are."""
        if order.first >= len(self.models):
            raise BadInput(f"There is no device {order.first}.", f"Choose 0 to {len(self.models) - 1}.")
        struck = 0
        for model in self.models:
            router = self.router(model.index) if order.hits(self.options.seed, model.index) else None
            if router is not None:
                with suppress(BadInput):
                    mishaps.strike(router, order.fault)
                    struck += 1
        return struck

    def _asked(self, request: dict[str, Any]) -> Router:
        index = request.get("device")
        router = self.router(index) if isinstance(index, int) else None
        if router is None:
            raise BadInput(f"There is no device {index!r}.", f"Choose 0 to {len(self.models) - 1}.")
        return router

    def _entry(self, model: Model) -> Entry:
        board, host_key = model.persona.board, self._host_key(model).public
        return Entry(
            index=model.index,
            address=model.address,
            api_port=self.api_port,
            api_ssl_port=self.tls_port,
            ssh_port=self.ssh_port,
            winbox_port=self.winbox_port,
            username=self.options.username,
            password=naming.password(model.seed, model.index),
            fingerprint="" if self._is_anonymous(model) else self.certificates[model.mark].fingerprint,
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

    def _host_key(self, model: Model) -> keys.HostKey:
        """Find the host key as it is by now, or as it will be."""
        router = self._routers.get(model.index)
        known = router and router.has(keys.HostKeys)
        return router.part(keys.HostKeys).present if router and known else keys.first(model)

    def _is_anonymous(self, model: Model) -> bool:
        """Tell whether a router was asked for without a certificate."""
        bare = (order for order in self.options.faults if order.fault.kind is faults.Kind.NO_CERTIFICATE)
        return any(order.hits(self.options.seed, model.index) for order in bare)

    def _await_boot(self, router: Router) -> None:
        """Let a router restart when its model says so."""
        at = self.options.clock.now().timestamp()
        wait = timedelta(seconds=float(router.model.boots.next(at)[0]) - at)

        def restart() -> None:
            if router.condition is Condition.UP:
                router.part(Boot).restart()
            self._await_boot(router)

        asyncio.get_running_loop().call_later(self.options.clock.real(wait) + 0.01, restart)

    def stop(self) -> None:
        """Cut every session."""
        for router in self._routers.values():
            router.cut()


def _number(asked: object) -> int:
    if isinstance(asked, int) and asked >= 0:
        return asked
    raise BadInput(f"{asked!r} is no number of an answer.", "Give 0, or the last one that was read.")


@asynccontextmanager
async def serve(options: Options, say: Callable[[str], None] = lambda _: None) -> AsyncIterator[Simulation]:
    """Serve a fleet until left; raises FleetError with one clear line. ``say`` hears how far it is."""
    options.check()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_to_allow(options.devices + SPARE_FILES, soft, hard), hard))
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        asked = (options.api_port, options.tls_port, options.ssh_port, options.winbox_port)
        plain, secured, shell, winbox = (stack.enter_context(listen(port)) for port in asked)
        taken = [listener.getsockname()[1] for listener in (plain, secured, shell, winbox)]
        simulation = Simulation(options, (taken[0], taken[1], taken[2], taken[3]))
        simulation.certify(say)
        house = House(simulation.router, simulation.ledger, simulation.tls)
        for listener, connection in ((plain, Plain), (secured, Secured), (winbox, Winbox)):
            server = await loop.create_server(partial(connection, house), sock=listener, backlog=BACKLOG)
            stack.callback(server.close)
        stack.callback(simulation.stop)
        async with service.served(house, shell), AsyncExitStack() as more:
            if options.download_port is not None:
                await _hand_out(simulation, more, options.download_port)
            yield simulation


async def _hand_out(simulation: Simulation, stack: AsyncExitStack, port: int) -> None:
    """Serve what the vendor would hand out."""
    listener = stack.enter_context(listen(port))
    simulation.download_port = int(listener.getsockname()[1])
    await stack.enter_async_context(web.served(simulation.downloads, listener))


def files_to_allow(wanted: int, soft: int, hard: int) -> int:
    """Tell how many open files to allow; raises StartRefused when so many may not be had."""
    if hard < wanted:
        raise StartRefused(
            f"The simulator needs {wanted} open files and may have {hard}.",
            f"Raise the limit (ulimit -Hn {wanted}), or serve fewer devices.",
        )
    return max(soft, wanted)
