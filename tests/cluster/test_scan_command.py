"""An administrator looks for routers in a network; a keeper does the work meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from actors.chore import Occasion
from actors.chores.scans import go_on
from fleet.errors import BadInput, EgressDenied
from tests.cluster.administrator import Run, done, refused
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored
from tests.fixtures.simulator import Served

NORTH = ("--tenant", "north")


@pytest.fixture
def kept(database: Database) -> Iterator[None]:
    """Let somebody go on with searches."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            go_on(Occasion(database.stores, datetime(2026, 1, 5, tzinfo=UTC)))

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("kept")
def test_routers_are_found_and_shown(north: Run, fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[0]
    words = ("scan", f"{entry.address}/32", *NORTH, "--port", f"api-ssl={entry.api_ssl_port}", "--rate", "200")
    told = json.loads(done(north(*words, "--json")))
    assert (told["state"], told["tried"], told["total"]) == ("done", 1, 1)
    assert told["found"] == [
        {"address": entry.address, "ports": {"api-ssl": entry.api_ssl_port}, "fingerprint": entry.fingerprint,
         "speaks": True, "device_id": None},
    ]  # fmt: skip
    assert entry.address in done(north(*words))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("127.0.0.0/24",), EgressDenied),
        (("10.0.0.0/24",), EgressDenied),
        (("127.64.0.0/16",), BadInput),
        (("core",), BadInput),
        (("127.64.0.0/24", "--port", "telnet"), BadInput),
        (("127.64.0.0/24", "--port", "api=0"), BadInput),
    ],
)
def test_what_cannot_be_searched_is_refused(
    north: Run, database: Database, words: tuple[str, ...], kind: type[BadInput]
) -> None:
    refused(north("scan", *words, *NORTH), kind)
    assert stored(database, "SELECT 1 FROM scans") == []
