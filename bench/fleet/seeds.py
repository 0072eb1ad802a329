"""A tenant and its devices in a store, as a person would have added them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from bench.fleet.simulated import Entry
from db import accounts, inventory
from db.engine import Stores
from db.platform import platform_session
from db.vault import Vault
from fleet.device import Device, Endpoint, TlsMode
from fleet.egress import SIMULATED
from fleet.identity import DeviceId, TenantId
from fleet.settings import Settings

WHY = "the benchmark's devices"
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Seeds:
    """Which simulated devices, how often each is polled, and whether over TLS with a pinned certificate."""

    entries: Sequence[Entry]
    interval: timedelta
    tls: bool = False

    @property
    def ids(self) -> list[DeviceId]:
        """The devices' ids, the same in every run: a device's place in its interval follows from its id."""
        return [device_id(entry) for entry in self.entries]

    def sow(self, asked: Settings) -> None:
        """Write tenant and devices."""
        vault = Vault.of(asked)
        with Stores.of(asked) as stores:
            with platform_session(stores, WHY) as session:
                tenant_id = accounts.create_tenant(session, "bench", "Bench")
                inventory.allow(session, tenant_id, [str(SIMULATED)])
            vault.ensure(tenant_id)
            sealed = vault.seal(tenant_id, [str(entry["password"]).encode() for entry in self.entries])
            made = [self._device(tenant_id, *pair) for pair in zip(self.entries, sealed, strict=True)]
            for begin in range(0, len(made), AT_ONCE):
                with platform_session(stores, WHY) as session:
                    inventory.put(session, *made[begin : begin + AT_ONCE], at=asked.clock().now())
        vault.close()

    def _device(self, tenant_id: TenantId, entry: Entry, secret: str) -> Device:
        return Device(
            id=device_id(entry),
            tenant_id=tenant_id,
            name=f"device-{entry['index']}",
            endpoint=self._endpoint(entry),
            username=entry["username"],
            secret=secret,
            interval=self.interval,
        )

    def _endpoint(self, entry: Entry) -> Endpoint:
        if self.tls:
            return Endpoint(entry["address"], entry["api_ssl_port"], TlsMode.PIN, fingerprint=entry["fingerprint"])
        return Endpoint(entry["address"], entry["api_port"], TlsMode.PLAIN)


def device_id(entry: Entry) -> DeviceId:
    """Tell the id of a simulated device."""
    return DeviceId(uuid5(NAMESPACE_URL, f"bench/{entry['index']}"))
