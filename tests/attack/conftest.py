"""The web server as it runs, over the servers of the session, with two tenants that have some of everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.attack import filling
from bench.attack.house import House, serving
from bench.attack.people import Door
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from fleet import settings
from fleet.clock import SystemClock
from tests.attack.grounds import Ground
from tests.fixtures.database import Template, copy


@pytest.fixture(scope="package")
def house(
    native: Template, nats: Nats, valkey: Valkey, openbao: OpenBao, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The web server over a database of its own."""
    with copy(native) as database, State(tmp_path_factory.mktemp("attack") / "state") as state:
        asked = settings.load(
            state.path,
            announced=False,
            postgres_roles=dict(database.urls),
            nats_url=nats.url,
            nats_token=nats.token,
            redis_url=valkey.url,
            openbao_url=openbao.url,
            openbao_role_id=openbao.role_id,
            openbao_secret_id=openbao.secret_id,
        )
        with serving(asked, state, database.admin_url) as house:
            yield house


@pytest.fixture(scope="package")
def ground(house: House) -> Iterator[Ground]:
    """Two tenants of it; whoever changes them leaves some of everything."""
    with closing(house.wire()) as wire:
        door, document = Door(wire, house.stores, SystemClock()), house.document()
        north, south = (filling.fill(house, door, document, slug) for slug in ("attack-north", "attack-south"))
        yield Ground(house, door, document, north, south)
