"""The ground of the web's measurements: real stores, tenants with a key each, ten thousand devices of the first."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.crew import Worker, child
from bench.store import ground as store
from bench.store.ground import START, Ground, device_id
from cluster.servers.nats import Nats
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from db import inventory, keys
from db.access import APP, PLATFORM
from db.platform import platform_session
from fleet.device import Device, Endpoint, TlsMode
from fleet.identity import DeviceId, Scope

CLIENTS = 2_000


@dataclass(frozen=True, slots=True)
class Bed:
    """Where the stores are, and who may ask."""

    stores: Ground
    nats: Nats
    valkey: Valkey
    keys: Sequence[str]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a web process."""
        roles = {role: self.stores.stores.url(role) for role in (APP, PLATFORM)}
        return {
            "FLOTILLA_POSTGRES_ROLES": json.dumps(roles),
            "FLOTILLA_NATS_URL": self.nats.url,
            "FLOTILLA_NATS_TOKEN": self.nats.token,
            "FLOTILLA_REDIS_URL": self.valkey.url,
        }

    def streams(self, topics: str) -> list[tuple[str, str]]:
        """Tell the key and the query of each client: in turn of each tenant, every second for some devices only."""
        some = ",".join(str(device_id(number)) for number in range(10))
        narrow = (f"topics={topics}", f"topics={topics}&devices={some},{{device}}")
        return [
            (self.keys[place], narrow[number // len(self.keys) % 2].format(device=self.device(place)))
            for number in range(CLIENTS)
            for place in [number % len(self.keys)]
        ]

    def device(self, place: int) -> UUID:
        """Tell the device of a tenant that is measured and told of."""
        return UUID(int=2**100 + place)


@contextmanager
def bed(tenants: int, devices: int) -> Iterator[Bed]:
    """Start the stores and fill them."""
    with (
        store.ground(tenants) as stores,
        tempfile.TemporaryDirectory() as place,
        State(Path(place) / "state") as state,
        Nats(state) as nats,
        Valkey(state) as valkey,
    ):
        with platform_session(stores.stores, "the benchmark's devices") as session:
            made = (_device(stores, device_id(number), number) for number in range(devices))
            inventory.put(session, *made, at=START)
        shown = [keys.make(stores.stores, one, "bench", tuple(Scope), None) for one in stores.tenants]
        yield Bed(stores, nats, valkey, shown)


@contextmanager
def web(place: Bed, groups: int) -> Iterator[tuple[Worker, int, int]]:
    """Serve the web until left; gives the process, its port and its id."""
    with child("bench.web.served", str(groups), environment=place.environment) as process:
        told = process.hear()
        yield process, int(told["port"]), int(told["pid"])


def _device(stores: Ground, device: UUID, number: int) -> Device:
    return Device(
        id=DeviceId(device),
        tenant_id=stores.tenants[0],
        name=f"device-{number}",
        endpoint=Endpoint("192.0.2.1", 1024 + number, TlsMode.PLAIN),
        username="bench",
        secret="vault:v1:bench",  # noqa: S106
    )
