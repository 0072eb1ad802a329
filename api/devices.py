"""A device as the API takes and tells it, and what is checked before one is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import ConfigDict, Field

from api import logins
from api.fields import (
    Address,
    CollectorsOff,
    Fingerprint,
    Name,
    Password,
    Port,
    Profile,
    Seconds,
    Site,
    Streams,
    Tags,
    Username,
)
from api.probing import RATE, Sight
from api.resource import Answer, Asked, Given
from bus import subjects
from db import inventory
from db.inventory import DeviceRow
from db.registry import Registry
from fleet import device as domain
from fleet import endpoints
from fleet.amendment import Amendment
from fleet.belonging import SAME, Words
from fleet.breaker import Position
from fleet.device import Endpoint, State, TlsMode
from fleet.egress import Egress
from fleet.identity import DeviceId, TenantId


class NewDevice(Given):
    """A router to be watched. Numbers are numbers: `"8729"` is none."""

    model_config = ConfigDict(strict=True, json_schema_extra=logins.EITHER)

    name: Name
    address: Address
    port: Port | None = Field(None, description="The API's port; 8729 if left out, 8728 with `plain`.")
    tls: TlsMode = Field(TlsMode.VERIFY, description="How the connection is protected; nothing falls back by itself.")
    fingerprint: Fingerprint | None = None
    streams: Streams = 8
    interval_seconds: Seconds | None = Field(None, description="How often it is polled; the setting if left out.")
    username: Username | None = None
    password: Password | None = None
    profile: Profile | None = None
    site: Site = ""
    tags: Tags = Field([])
    collectors_off: CollectorsOff = Field([])
    probe: bool = Field(
        False,
        description="Look first whether it answers and shows a certificate that is accepted; else make nothing.",
    )
    trust: bool = Field(
        False,
        description="Consent to take the certificate that it shows now, without comparing it: `pin` without a "
        "`fingerprint`. It is recorded.",
    )

    def endpoint(self) -> Endpoint:
        """Tell where it is reached; raises BadField."""
        return endpoints.endpoint(self.address, self.port, self.tls, self.fingerprint, self.streams)

    def device(
        self, tenant_id: TenantId, place: Endpoint, login: Mapping[str, Any], usual: timedelta
    ) -> domain.Device:
        """Make the device that is meant, at a place, with a login (``logins.made``), polled as usual if unsaid."""
        return domain.Device(
            id=DeviceId(uuid4()),
            tenant_id=tenant_id,
            name=self.name,
            endpoint=place,
            **login,
            interval=usual if self.interval_seconds is None else timedelta(seconds=self.interval_seconds),
            collectors_off=frozenset(self.collectors_off),
        )


class DeviceChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Name | None = None
    address: Address | None = None
    port: Port | None = None
    tls: TlsMode | None = Field(None, description="The port stays; a fingerprint goes with `pin`.")
    fingerprint: Fingerprint | None = None
    streams: Streams | None = None
    interval_seconds: Seconds | None = None
    username: Username | None = None
    password: Password | None = None
    profile: Profile | None = None
    site: Site | None = Field(None, description="Its name or id; the empty text: none.")
    tags: Tags | None = Field(None, description="All of its tags, from now on.")
    collectors_off: CollectorsOff | None = Field(None, description="All that it is not asked, from now on.")

    def wish(self) -> Amendment:
        """Tell what is to become of the device; its password is not in it, for it is not sealed yet."""
        every = self.interval_seconds
        return Amendment(
            name=self.name,
            address=self.address,
            port=self.port,
            tls=self.tls,
            fingerprint=self.fingerprint,
            streams=self.streams,
            interval=None if every is None else timedelta(seconds=every),
            username=self.username,
            profile=self.profile,
            site=self.site,
            tags=_anew(self.tags),
            collectors_off=_anew(self.collectors_off),
        )


class Device(Answer):
    """A router: where it is reached, how it is, and what it said of itself."""

    unsteady = frozenset(
        {
            *("state", "since", "heard_at", "identity", "version", "model", "serial", "uptime_seconds"),
            *("error_code", "error", "breaker", "next_attempt", "duration_seconds"),
        }
    )

    id: UUID
    name: str
    address: str
    port: int
    tls: TlsMode
    fingerprint: str | None = Field(description="The SHA-256 of the certificate that is pinned.")
    streams: int = Field(description="Commands in flight at once.")
    vantage: str
    interval_seconds: float
    created_at: datetime
    site_id: UUID | None
    site: str | None = Field(description="The name of the site where it stands.")
    tags: list[str]
    collectors_off: list[str] = Field(description="The collectors that it is not asked.")
    state: State = Field(description="`stale` when nothing was heard for three intervals.")
    since: datetime | None = Field(description="When the state began.")
    heard_at: datetime | None
    identity: str | None
    version: str | None
    model: str | None
    serial: str | None
    uptime_seconds: float | None
    error_code: str | None
    error: str | None
    breaker: Position | None
    next_attempt: datetime | None
    duration_seconds: float | None = Field(description="How long the last poll took.")
    profile_id: UUID | None
    profile: str | None = Field(description="The credential profile with which it is entered; null: its own login.")


PLACE = ("address", "port", "tls", "fingerprint", "streams", "vantage")
AS_STORED = Device.model_fields.keys() - {*PLACE, "interval_seconds", "state"}
"""The fields that are the endpoint's, and those that are the row's own."""


def told(row: DeviceRow, now: datetime) -> Device:
    """Tell a row as it is at ``now``."""
    return Device(
        interval_seconds=row.interval.total_seconds(),
        state=row.shown(now),
        **{name: getattr(row.endpoint, name) for name in PLACE},
        **{name: getattr(row, name) for name in AS_STORED},
    )


def registry(asked: Asked[Any]) -> Registry:
    """Open the register of devices for whoever asks."""
    return Registry(asked.session, asked.author, subjects.of)


def egress(asked: Asked[Any]) -> Egress:
    """Tell which addresses the tenant may reach."""
    return Egress.of(inventory.granted(asked.session, asked.principal.tenant_id), asked.own)


def look(asked: Asked[Any], places: Sequence[Endpoint], allowed: Egress) -> list[Sight]:
    """Look at devices for whoever asks; raises TooMany."""
    asked.limit("probes", *RATE)
    return asked.probes.look(asked.principal.tenant_id, places, allowed)


def allow(place: Endpoint, allowed: Egress) -> None:
    """Raise EgressDenied for an address out of bounds; a name is judged when it is resolved."""
    if endpoints.literal(place.address):
        allowed.check(place.address, place.port)


def _anew(words: list[str] | None) -> Words:
    return SAME if words is None else Words.exactly(words)
