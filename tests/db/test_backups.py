"""Configurations in the real store: one version for an idle device, nothing in plain text, nothing for others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cluster.servers.openbao import OpenBao
from db import backups, configs, configtidy, keyring
from db.backups import Asking, Text
from db.configpolicies import Policies
from db.keyring import Keyring
from db.platform import platform_session
from db.tenancy import tenant_session
from db.vault import Vault
from fleet import partition
from fleet.backups import Finding, Policy, Reason
from fleet.errors import BadInput, NotFound, Unavailable
from fleet.identity import DeviceId
from tests.fixtures.configs import Safe
from tests.fixtures.database import Database, Tenant

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = b"set password=hunter2\n"
TEXT = Text(b"# today\n" + SECRET, SECRET, "7.16", ("/system/identity",), "5-0", ({"action": "x", "by": "eve"},))


@pytest.fixture
def safe() -> Safe:
    return Safe()


def asking(tenant: Tenant, at: datetime = NOW, device: int = 0, reason: Reason = Reason.SCHEDULE) -> Asking:
    return Asking(tenant.id, tenant.devices[device].id, at, reason, "the schedule")


def store(database: Database, ring: Keyring, asked: Asking, text: Text = TEXT) -> backups.Stored:
    with backups.writing(database.stores) as session:
        return backups.store(session, ring, asked, text)


def versions(database: Database, tenant: Tenant, device: int = 0) -> list[configs.Version]:
    with tenant_session(database.stores, tenant.principal) as session:
        return configs.page(session, tenant.devices[device].id, None, 100)


def test_an_idle_device_has_one_version_however_often_it_is_read(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north, ring = two_tenants[0], Keyring(safe)
    found = [
        store(database, ring, asking(north, NOW + n * HOUR), replace(TEXT, data=b"# hour %d\n" % n + SECRET))
        for n in range(5)
    ]
    assert [one.finding for one in found] == [Finding.NEW, *[Finding.SAME] * 4]
    (only,) = versions(database, north)
    assert (only.first_seen, only.last_seen, only.number) == (NOW, NOW + 4 * HOUR, 1)
    with tenant_session(database.stores, north.principal) as session:
        assert configs.text(session, ring, only) == b"# hour 0\n" + SECRET
        assert [one.finding for one in configs.read(session, north.devices[0].id, None, 10)][::-1] == [
            one.finding for one in found
        ]


def test_what_goes_and_comes_back_is_three_versions(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north, ring = two_tenants[0], Keyring(safe)
    other = replace(TEXT, data=b"other\n", normal=b"other\n")
    for n, text in enumerate((TEXT, other, TEXT)):
        store(database, ring, asking(north, NOW + n * HOUR), text)
    assert [one.number for one in versions(database, north)] == [3, 2, 1]
    with tenant_session(database.stores, north.principal) as session:
        second = configs.numbered(session, north.devices[0].id, 2)
        assert configs.text(session, ring, second) == b"other\n"
        standing = configs.standings(session, None, 10)[0]
    assert (standing.number, standing.changed_at, standing.failures) == (3, NOW + 2 * HOUR, 0)


def test_nothing_is_stored_in_plain_text_or_at_all_while_openbao_is_away(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north = two_tenants[0]
    safe.away = True
    for again in (backups.store, lambda *a: backups.aside(*a, "why")):
        with pytest.raises(Unavailable), backups.writing(database.stores) as session:
            again(session, Keyring(safe), asking(north), TEXT)
    assert versions(database, north) == []
    safe.away = False
    assert store(database, Keyring(safe), asking(north)).finding is Finding.NEW
    with psycopg.connect(database.admin_url) as admin:
        ((row, sealed),) = admin.execute("SELECT v::text, v.sealed FROM config_versions v").fetchall()
    assert "hunter2" not in row
    assert b"hunter2" not in sealed


def test_what_is_kept_in_memory_serves_for_five_minutes_without_openbao(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    clock = [0.0]
    north, ring = two_tenants[0], Keyring(safe, lambda: clock[0])
    store(database, ring, asking(north))
    safe.away = True
    clock[0] = 299
    assert store(database, ring, asking(north, NOW + HOUR)).finding is Finding.SAME
    clock[0] = 301
    with pytest.raises(Unavailable):
        store(database, ring, asking(north, NOW + 2 * HOUR))


def test_an_incomplete_text_is_kept_aside_and_is_no_version(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north, ring = two_tenants[0], Keyring(safe)
    store(database, ring, asking(north))
    for n in (1, 2):
        with backups.writing(database.stores) as session:
            backups.aside(session, ring, asking(north, NOW + n * HOUR), TEXT, "It ends in the middle of a line.")
    assert len(versions(database, north)) == 1
    with tenant_session(database.stores, north.principal) as session:
        (standing,) = configs.lacking(session, 10)[-1:]
        newest = configs.read(session, north.devices[0].id, None, 1)[0]
    assert (standing.finding, standing.failures, standing.number) == (Finding.INCOMPLETE, 2, 1)
    assert (newest.why, newest.version_id, newest.size) == ("It ends in the middle of a line.", None, len(TEXT.data))
    store(database, ring, asking(north, NOW + 3 * HOUR))
    with tenant_session(database.stores, north.principal) as session:
        assert north.devices[0].id not in [one.device_id for one in configs.lacking(session, 10)]


def test_what_failed_is_told_with_its_reason(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north = two_tenants[0]
    with backups.writing(database.stores) as session:
        backups.fail(session, asking(north), "no_rights", "The device's user may not write an export.")
    with tenant_session(database.stores, north.principal) as session:
        standings = configs.standings(session, None, 10)
        assert len(configs.lacking(session, 10)) == len(north.devices)
    assert [(one.code, one.failures) for one in standings] == [("no_rights", 1), (None, 0), (None, 0)]


def test_an_owner_of_before_stores_nothing(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north, ring = two_tenants[0], Keyring(safe)
    device = north.devices[0].id
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE partitions SET epoch = 8 WHERE partition = %s", [partition.of(device)])
    with pytest.raises(Unavailable, match="another owner"), backups.owning(database.stores, device, 7) as session:
        backups.store(session, ring, asking(north), TEXT)
    assert versions(database, north) == []
    with backups.owning(database.stores, device, 8) as session:
        backups.store(session, ring, asking(north), TEXT)
        with psycopg.connect(database.admin_url) as admin:
            take = "SELECT 1 FROM partitions WHERE partition = %s FOR UPDATE NOWAIT"
            with pytest.raises(psycopg.errors.LockNotAvailable):
                admin.execute(take, [partition.of(device)])
    assert len(versions(database, north)) == 1


def test_a_tenant_sees_nothing_of_another(database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe) -> None:
    north, south, ring = *two_tenants, Keyring(safe)
    store(database, ring, asking(north))
    store(database, ring, asking(south))
    (mine,) = versions(database, north)
    with tenant_session(database.stores, south.principal) as session:
        assert configs.page(session, north.devices[0].id, None, 10) == []
        assert configs.read(session, north.devices[0].id, None, 10) == []
        assert {one.device_id for one in configs.standings(session, None, 10)} == {d.id for d in south.devices}
        for look in (lambda: configs.one(session, mine.id), lambda: configs.numbered(session, mine.device_id, 1)):
            with pytest.raises(NotFound):
                look()
    with psycopg.connect(database.admin_url) as admin:
        digests = admin.execute("SELECT DISTINCT digest FROM config_versions").fetchall()
    assert len(digests) == 2, "equal texts of two tenants have two addresses"


def test_a_device_that_is_gone_meanwhile_is_told(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    gone = replace(asking(two_tenants[0]), device_id=DeviceId(two_tenants[1].id))
    with pytest.raises(BadInput, match="no such device"):
        store(database, Keyring(safe), gone)


def test_the_writers_role_reads_no_text(database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe) -> None:
    store(database, Keyring(safe), asking(two_tenants[0]))
    with psycopg.connect(database.url("flotilla_poller"), autocommit=True) as poller:
        for table in ("config_versions", "config_readings"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                poller.execute(f"SELECT sealed FROM {table}".encode())


def test_retention_leaves_the_newest_and_the_pinned(
    database: Database, two_tenants: tuple[Tenant, Tenant], safe: Safe
) -> None:
    north, ring = two_tenants[0], Keyring(safe)
    for n in range(6):
        store(database, ring, asking(north, NOW + n * HOUR), replace(TEXT, normal=b"%d" % n))
    with tenant_session(database.stores, north.principal) as session:
        author = backups_author()
        configs.pin(session, author, configs.numbered(session, north.devices[0].id, 2), "before the move")
    policies = Policies({north.id: Policy(keep_count=2, keep_days=30)}, {})
    with platform_session(database.stores, "a test") as session:
        devices = configtidy.owners(session, None, 10)
        assert configtidy.tidy(session, policies, devices, NOW + 6 * HOUR) == 3
    assert [one.number for one in versions(database, north)] == [6, 5, 2]
    with platform_session(database.stores, "a test") as session:
        configtidy.tidy(session, policies, devices, NOW + timedelta(days=400))
        assert configtidy.forget(session, NOW + 6 * HOUR, 100) == 6
    assert [one.number for one in versions(database, north)] == [6, 2]


def backups_author() -> configs.Author:
    return configs.Author("noc", NOW)


@pytest.fixture
def vault(openbao: OpenBao, two_tenants: tuple[Tenant, Tenant]) -> Iterator[Vault]:
    made = Vault(openbao.url, openbao.role_id, openbao.secret_id)
    for tenant in two_tenants:
        made.ensure(tenant.id)
    yield made
    made.close()


def test_keys_are_rotated_and_old_texts_still_open(
    database: Database, two_tenants: tuple[Tenant, Tenant], vault: Vault
) -> None:
    north = two_tenants[0]
    store(database, Keyring(vault), asking(north))
    with platform_session(database.stores, "a test") as session:
        keyring.rotate(session, vault, north.id, NOW)
        before = keyring.wrapped(session, north.id)
        vault.rotate(north.id)
        after = dict(zip(before, vault.rewrap(north.id, list(before.values())), strict=True))
        assert keyring.rewrap(session, north.id, before, after) == 3
        assert all(text.startswith("vault:v2:") for text in keyring.wrapped(session, north.id).values())
    store(database, Keyring(vault), asking(north, NOW + HOUR), replace(TEXT, normal=b"other"))
    assert store(database, Keyring(vault), asking(north, NOW + 2 * HOUR), replace(TEXT, normal=b"other")).number == 2
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT count(DISTINCT key_id) FROM config_versions").fetchone() == (2,)
    with tenant_session(database.stores, north.principal) as session:
        ring = Keyring(vault)
        assert [configs.text(session, ring, one) for one in versions(database, north)] == [TEXT.data] * 2
