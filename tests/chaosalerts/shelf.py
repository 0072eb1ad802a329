"""The servers of the runs: a PostgreSQL and a NATS that may be killed, and a database for each run."""

from __future__ import annotations

import json
import os
import secrets
import signal
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import psycopg
from nats.js.errors import NotFoundError

from bus import streams
from bus.connection import Bus
from cluster import schema
from cluster.servers.postgres import DATABASE, Postgres
from cluster.servers.state import State
from db import accounts, alertrules, inventory, topology
from db.access import LOGINS
from db.alertchannels import Channels, ChannelWish
from db.alertroutes import Routes
from db.engine import Stores
from db.maintenance import Maintenance, Scope
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet import settings
from fleet.alerts.telling import Recipient, Way
from fleet.identity import DeviceId, Principal, Role, TenantId
from tests.bus.brokers import Broker
from tests.chaosalerts.child import HASTY, SEAL
from tests.chaosalerts.fleet import BEGIN, Fleet, Wish, fleet
from tests.chaosalerts.living import Owned
from tests.chaosalerts.receiver import Receiver
from tests.fixtures.database import device

SHARED: Final = Path("/dev/shm")
_INVENTORY: Final = """
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen) VALUES (%s, %s, '', %s, %s, %s)
"""
_CUT: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()
"""
_WAITING: Final = """
    SELECT (SELECT count(*) FROM alert_turns) + (SELECT count(*) FROM alert_deliveries WHERE state = 'waiting')
"""


class Hasty(Postgres):
    """PostgreSQL that waits for no disk: it is stopped at once, the machine never is."""

    def _own(self) -> dict[str, str]:
        hasty = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1", "autovacuum": "off"}
        return super()._own() | hasty | {"shared_buffers": "64MB", "max_wal_size": "256MB"}

    def shoot(self) -> None:
        """Stop it in the mode ``immediate``, and start it again: it recovers from its log."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGQUIT)
        self.restart()


@dataclass(frozen=True, slots=True)
class Base:
    """A database of one run on servers that may be struck; without ``postgres`` its server is others', too."""

    name: str
    admin_url: str
    urls: Mapping[str, str]
    nats: Broker
    postgres: Hasty | None = None

    def cut(self) -> None:
        """Cut all connections to the database."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(_CUT, (self.name,))

    def waiting(self) -> int:
        """Count what is still to be decided, and what is still to be sent."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            row = admin.execute(_WAITING).fetchone()
            return int(row[0]) if row else 0

    def restart(self) -> None:
        """Stop PostgreSQL at once and start it again; where it is others', cut the connections."""
        if self.postgres is None:
            self.cut()
        else:
            self.postgres.shoot()

    def bounce(self) -> None:
        """Kill NATS, and start it again over its streams."""
        self.nats.kill()
        self.nats.restart()

    async def begin(self) -> None:
        """Make streams that are empty, and the alerter's durable."""
        async with Bus(self.nats.url, name="runs", token=self.nats.token) as bus:
            js = await bus.jetstream()
            for stream in streams.EVERY:
                with suppress(NotFoundError):
                    await js.delete_stream(stream.name)
            await streams.ensure(js)
            await streams.ensure_durable(js, HASTY)

    def settle(self, wish: Wish) -> tuple[Fleet, Owned]:
        """Give the devices of a history to two tenants, a gateway and all behind it to one."""
        bare, author = fleet(wish), Author("chaos@example.net", BEGIN)
        with Stores(dict(self.urls)) as stores:
            with platform_session(stores, "alerts under fire") as session:
                tenants = [accounts.create_tenant(session, name, name.title()) for name in ("north", "south")]
                owners = [tenants[[*bare.above(place)][-1] % 2] for place in range(wish.devices)]
                devices = [device(owner, place) for place, owner in enumerate(owners)]
                inventory.add(session, *devices, at=BEGIN)
            made = fleet(wish, [one.id for one in devices])
            owned = dict(zip(made.ids, owners, strict=True))
            self._wire(made, owned)
            rules = []
            for tenant in tenants:
                with tenant_session(stores, person(tenant)) as session:
                    rules += [row.rule for row in alertrules.every(session)]
                    work = Maintenance(session, author, tenant)
                    for one, spans in made.windows.items():
                        for span in spans if owned[one] == tenant else ():
                            work.plan(Scope(device_id=one), span, "planned")
                    known = topology.links(session)
                    assert known == {one: up for one, up in made.parents.items() if owned[one] == tenant}
        return made, Owned(owned, rules)

    def route(self, owned: Owned, receiver: Receiver) -> None:
        """Have each tenant told of all its alerts, at a place of its own."""
        with Stores(dict(self.urls)) as stores:
            for tenant in {*owned.owners.values()}:
                author = Author("chaos@example.net", BEGIN)
                secret = f"whsec_{b64encode(bytes(32)).decode()}"
                wish = ChannelWish(name="noc", url=SEAL + receiver.url(str(tenant)), secret=SEAL + secret)
                with tenant_session(stores, Principal.person(tenant, author.by, Role.TENANT_ADMIN)) as session:
                    channel = Channels(session, author, tenant).add("webhook", wish)
                    way = Way(id=uuid4(), name="all", to=Recipient(channel))
                    Routes(session, author, tenant).add(way, enabled=True)

    def _wire(self, made: Fleet, owners: Mapping[DeviceId, TenantId]) -> None:
        """Let the inventory tell what each device is reached over: its parent's address."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            for place, one in enumerate(made.ids):
                told = {"addresses": {"address": f"{_address(place)}/24"}}
                up = made.parent(place)
                if up is not None:
                    told["routes"] = {"dst_address": "0.0.0.0/0", "gateway": _address(up)}
                for kind, facts in told.items():
                    admin.execute(_INVENTORY, (one, kind, owners[one], json.dumps(facts), BEGIN))


@dataclass(frozen=True, slots=True)
class Store:
    """The servers of one process, which makes its runs one after the other."""

    postgres: Hasty
    nats: Broker
    urls: Mapping[str, str]

    @contextmanager
    def base(self) -> Iterator[Base]:
        """Make a database for a run, and remove it afterwards."""
        name = f"run_{secrets.token_hex(4)}"
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} STRATEGY file_copy".encode())
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {', '.join(LOGINS)}".encode())
        urls = {role: f"{url.rpartition('/')[0]}/{name}" for role, url in self.urls.items()}
        yield Base(name, self.postgres.url_of(name), urls, self.nats, self.postgres)
        with self._admin() as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.postgres.url_of("postgres"), autocommit=True)


@contextmanager
def opened() -> Iterator[Store]:
    """Run both servers of one's own until left."""
    folder = SHARED if SHARED.is_dir() else None
    with (
        TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place,
        State(Path(place)) as state,
        Hasty(state) as postgres,
        Broker(state) as nats,
    ):
        asked = settings.load(Path(place), announced=False).model_copy(update={"postgres_url": postgres.url})
        asked = schema.prepare(asked, state)
        yield Store(postgres, nats, {role: str(url) for role, url in asked.postgres_roles.items() if role in LOGINS})


def person(tenant: TenantId) -> Principal:
    """Somebody of a tenant who may read what is that tenant's."""
    return Principal.person(tenant, "reader@example.net", Role.VIEWER)


def _address(place: int) -> str:
    return f"10.{place // 250}.{place % 250}.1"
