"""``flotilla key``: made once, listed, revoked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from db import keys
from fleet.errors import BadInput, BadSetting, Conflict, FleetError, NotFound, Unauthenticated
from fleet.identity import Scope
from tests.cluster.administrator import Run, done, refused
from tests.fixtures.database import Database

ADD = ("key", "add", "grafana", "--tenant", "north", "--scope", "metrics:read")


def test_a_key_is_printed_alone_and_ends(north: Run, database: Database) -> None:
    key = done(north(*ADD, "--for", "2d")).strip()
    now = datetime.now(UTC)
    assert keys.principal(database.stores, key, now).scopes == {Scope.METRICS_READ}
    with pytest.raises(FleetError, match="expired"):
        keys.principal(database.stores, key, now + timedelta(days=2, minutes=1))


def test_a_program_may_read_the_key(north: Run, database: Database) -> None:
    made = json.loads(done(north(*ADD, "--scope", "devices:read", "--json")))
    principal = keys.principal(database.stores, made["key"], datetime.now(UTC))
    assert (str(principal.tenant_id), sorted(principal.scopes)) == (made["tenant_id"], made["scopes"])


@pytest.mark.parametrize(("life", "kind"), [("0s", BadInput), ("9999999d", BadInput), ("soon", BadSetting)])
def test_a_key_needs_a_life(north: Run, life: str, kind: type[FleetError]) -> None:
    refused(north(*ADD, "--for", life), kind)


def test_keys_are_listed_and_revoked_by_name_or_prefix(north: Run, database: Database) -> None:
    first = done(north(*ADD)).strip()
    refused(north(*ADD), Conflict)
    second = done(north("key", "add", "export", "--tenant", "north", "--scope", "devices:read")).strip()
    listed = json.loads(done(north("key", "list", "--tenant", "north", "--json")))
    told = {one["name"]: one["scopes"] for one in listed}
    assert told == {"export": ["devices:read"], "grafana": ["metrics:read"]}
    assert list(told) == sorted(told)
    assert "command line" in listed[0]["created_by"]
    assert first not in done(north("key", "list", "--tenant", "north"))
    refused(north("key", "revoke", "grafana", "--tenant", "north"), BadInput)
    keys.principal(database.stores, first, datetime.now(UTC))
    for which, key in (("grafana", first), (listed[0]["prefix"], second)):
        done(north("key", "revoke", which, "--tenant", "north", "--yes"))
        with pytest.raises(Unauthenticated):
            keys.principal(database.stores, key, datetime.now(UTC))
        refused(north("key", "revoke", which, "--tenant", "north", "--yes"), NotFound)
    assert json.loads(done(north("key", "list", "--tenant", "north", "--json"))) == []


def test_another_tenants_keys_are_not_listed_or_revoked(north: Run) -> None:
    done(north(*ADD))
    done(north("tenant", "add", "south", "South"))
    assert json.loads(done(north("key", "list", "--tenant", "south", "--json"))) == []
    refused(north("key", "revoke", "grafana", "--tenant", "south", "--yes"), NotFound)
