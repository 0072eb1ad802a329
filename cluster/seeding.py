"""The demo's tenants, people and devices: made once, brought up to date at every start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from db import accounts, inventory, keys, sites
from db.engine import Stores
from db.platform import platform_session
from db.sites import Settler
from db.vault import Vault
from fleet.device import Device, Endpoint, TlsMode
from fleet.egress import SIMULATED
from fleet.identity import DeviceId, Role, Scope, TenantId
from fleet.settings import Settings

NAMES = (
    ("northwind", "Northwind Fibre"),
    ("harbour", "Harbour Networks"),
    ("alpine", "Alpine Wireless"),
    ("delta", "Delta Managed Services"),
)
KEY_LIFE = timedelta(days=1)
READING = frozenset({Scope.DEVICES_READ, Scope.METRICS_READ, Scope.EVENTS_READ})
WHY = "the demo makes its tenants and devices"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant of the demo and the person who looks at it."""

    id: TenantId
    slug: str
    name: str
    email: str


def tenant(number: int) -> tuple[str, str]:
    """Name the demo's tenants: slug and name."""
    if number < len(NAMES):
        return NAMES[number]
    return f"tenant-{number + 1}", f"Tenant {number + 1}"


def seed(asked: Settings, fleet: Sequence[Mapping[str, Any]], tenants: int) -> list[Tenant]:
    """Make tenants, their keys in OpenBao, a person each, and the devices; what is there already is kept."""
    stores = Stores.of(asked)
    vault = Vault(asked.openbao_url, asked.openbao_role_id, asked.openbao_secret_id)
    made = [_tenant(stores, asked, number) for number in range(tenants)]
    for number, one in enumerate(made):
        vault.ensure(one.id)
        _devices(stores, vault, one, [entry for entry in fleet if entry["tenant"] == number], asked)
    stores.close()
    return made


def api_key(asked: Settings, one: Tenant) -> str:
    """Make an API key that reads everything of a tenant, for a day."""
    stores = Stores.of(asked)
    try:
        now = asked.clock().now()
        return keys.make(stores, one.id, f"demo {now:%Y-%m-%d %H:%M:%S.%f}", READING, now + KEY_LIFE)
    finally:
        stores.close()


def _tenant(stores: Stores, asked: Settings, number: int) -> Tenant:
    slug, name = tenant(number)
    email = f"noc@{slug}.example"
    with platform_session(stores, WHY) as session:
        known = {row.slug: row.id for row in accounts.tenants(session)}
        tenant_id = known.get(slug) or accounts.create_tenant(session, slug, name)
        if slug not in known:
            accounts.grant(session, TenantId(tenant_id), accounts.create_user(session, email), Role.OPERATOR)
            inventory.allow(session, tenant_id, [str(SIMULATED)])
    return Tenant(TenantId(tenant_id), slug, name, email)


def _devices(
    stores: Stores, vault: Vault, one: Tenant, entries: Sequence[Mapping[str, Any]], asked: Settings
) -> None:
    """Write the devices of one tenant; the id follows from tenant and serial, so a second start finds them.

    Each stands at its site, with a tag for what it is: gw, sw or ap.
    """
    sealed = vault.seal(one.id, [str(entry["password"]).encode() for entry in entries])
    made = [_device(one, entry, secret, asked.interval) for entry, secret in zip(entries, sealed, strict=True)]
    with platform_session(stores, WHY) as session:
        inventory.put(session, *made, at=asked.clock().now())
        settlers = [_settler(device, entry) for device, entry in zip(made, entries, strict=True)]
        sites.settle(session, one.id, settlers, asked.clock().now())


def _settler(device: Device, entry: Mapping[str, Any]) -> Settler:
    """Tell where a device stands, and by its name what it is: ``lisbon-gw-01``."""
    return Settler(device.id, str(entry["site"]).capitalize(), (device.name.rsplit("-", 2)[-2],))


def _device(one: Tenant, entry: Mapping[str, Any], secret: str, interval: timedelta) -> Device:
    return Device(
        id=DeviceId(uuid5(NAMESPACE_URL, f"{one.id}/{entry['serial']}")),
        tenant_id=one.id,
        name=str(entry["identity"]),
        endpoint=Endpoint(
            str(entry["address"]),
            int(entry["api_ssl_port"]),
            TlsMode.PIN,
            fingerprint=str(entry["fingerprint"]),
        ),
        username=str(entry["username"]),
        secret=secret,
        interval=interval,
    )
