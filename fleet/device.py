"""A device: where it is reached, how often it is asked, and the states it can be in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fleet import partition
from fleet.identity import DeviceId, ProfileId, TenantId


class TlsMode(StrEnum):
    """How the API connection of a device is protected; none falls back to another."""

    VERIFY = "verify"
    PIN = "pin"
    ANONYMOUS = "anonymous"
    PLAIN = "plain"

    @property
    def protected(self) -> bool:
        """Tell whether the peer is known; the other two are shown as a warning."""
        return self in (TlsMode.VERIFY, TlsMode.PIN)


class State(StrEnum):
    """What a device is, as a person is told."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    STALE = "stale"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device is reached: an address and port as seen from ``vantage`` (a site or node).

    ``fingerprint`` is the SHA-256 of the certificate's DER form, in lower-case hex; only ``pin`` needs it.
    ``authority`` is the PEM of the tenant's certificate authority; only ``verify`` needs it.
    ``streams`` bounds the commands in flight at once.
    """

    address: str
    port: int = 8729
    tls: TlsMode = TlsMode.VERIFY
    fingerprint: str | None = None
    authority: str | None = None
    vantage: str = "default"
    streams: int = 8

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Login:
    """What a device is entered with; the password is never printed."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Device:
    """One managed router. ``secret`` is the password as Transit ciphertext of the tenant's key.

    ``collectors_off`` names the collectors that it is not asked. One that is added with a ``profile_id`` has neither
    username nor secret of its own; one that is read to be polled has those of its profile.
    """

    id: DeviceId
    tenant_id: TenantId
    name: str
    endpoint: Endpoint
    username: str
    secret: str = field(repr=False)
    interval: timedelta = timedelta(seconds=60)
    networks: tuple[str, ...] = ()
    collectors_off: frozenset[str] = frozenset()
    profile_id: ProfileId | None = None

    @property
    def partition(self) -> int:
        """The hash class that it belongs to for life."""
        return partition.of(self.id)


STALE_AFTER = 3


def shown_state(stored: State | None, heard_at: datetime | None, interval: timedelta, now: datetime) -> State:
    """Tell the state to show: stale when nothing was heard for three intervals, for whatever reason."""
    if stored is None or heard_at is None or now - heard_at > STALE_AFTER * interval:
        return State.MAINTENANCE if stored is State.MAINTENANCE else State.STALE
    return stored
