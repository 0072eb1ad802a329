"""The devices of a tenant and what is known of them; the whole list for the pollers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    false,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import filters, logins
from db.access import POLLER
from db.backuptables import config_policies
from db.engine import Stores, reachable
from db.logins import ITS_PROFILE, SECRET, USERNAME
from db.profiletables import credential_profiles as profiles
from db.rules import refusing
from db.sites import TAGS
from db.tables import device_state, devices, sites, tenant_networks
from fleet import partition
from fleet.backups import WATCHING
from fleet.breaker import Position
from fleet.device import Device, Endpoint, State, TlsMode, shown_state
from fleet.egress import Egress
from fleet.errors import NotFound
from fleet.identity import DeviceId, ProfileId, SiteId, TenantId


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device without its secret, and what was last known of it."""

    id: DeviceId
    tenant_id: TenantId
    name: str
    endpoint: Endpoint
    username: str
    interval: timedelta
    created_at: datetime
    site_id: SiteId | None
    site: str | None
    tags: tuple[str, ...]
    collectors_off: tuple[str, ...]
    state: State | None
    since: datetime | None
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
    attempt: int | None
    duration_seconds: float | None
    profile_id: ProfileId | None = None
    profile: str | None = None

    def shown(self, now: datetime) -> State:
        """Tell the state to show at ``now``: stale when nothing was heard for three intervals."""
        return shown_state(self.state, self.heard_at, self.interval, now)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many devices a tenant has in each state that is shown, and when one of them was last heard."""

    states: Mapping[State, int]
    heard_at: datetime | None

    @property
    def devices(self) -> int:
        return sum(self.states.values())


_PLACE = ("address", "port", "tls", "fingerprint", "authority", "vantage", "streams")
ENDPOINT = [devices.c[name] for name in _PLACE]
_NAMED = [devices.c[name] for name in ("id", "tenant_id", "name")]
_DEVICE = [*_NAMED, USERNAME, devices.c.interval_seconds, devices.c.collectors_off]
_BELONGING = [devices.c.site_id, sites.c.name, TAGS, devices.c.profile_id, profiles.c.name]
_KNOWN = [device_state.c[f.name] for f in fields(DeviceRow) if f.name in device_state.c and f.name not in devices.c]
_STATE, _BREAKER = (_KNOWN.index(device_state.c[name]) for name in ("state", "breaker"))
WITH_STATE = devices.join(
    device_state, (devices.c.id == device_state.c.device_id) & (devices.c.tenant_id == device_state.c.tenant_id)
)
"""Devices with what is known of them."""

_OWN, _WHOLE = config_policies.alias("own"), config_policies.alias("whole")
_WATCHED = func.coalesce(_OWN.c.on_change, _WHOLE.c.on_change, false())
"""Whether a device is to be backed up after a change: by its own policy, else by its tenant's."""

_TO_POLL = (
    devices.outerjoin(profiles, ITS_PROFILE)
    .outerjoin(_OWN, (_OWN.c.tenant_id == devices.c.tenant_id) & (_OWN.c.device_id == devices.c.id))
    .outerjoin(_WHOLE, (_WHOLE.c.tenant_id == devices.c.tenant_id) & _WHOLE.c.device_id.is_(None))
)


def page(session: Session, after: str | None, limit: int) -> list[DeviceRow]:
    """Read up to ``limit`` devices of the tenant by name, those behind the name ``after``."""
    query = rows().order_by(devices.c.name).limit(limit)
    if after is not None:
        query = query.where(devices.c.name > after)
    return [row_of(row) for row in session.execute(query)]


def one(session: Session, device_id: DeviceId) -> DeviceRow:
    """Read one device; raises NotFound where the tenant has none of that id."""
    row = session.execute(rows().where(devices.c.id == device_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no device {device_id}.", "List the tenant's devices for their ids.")
    return row_of(row)


def named(session: Session, name: str) -> DeviceRow:
    """Read the device of a name; raises NotFound where the tenant has none."""
    row = session.execute(rows().where(devices.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no device {name!r}.", "List the tenant's devices for their names.")
    return row_of(row)


def counts(session: Session, now: datetime) -> Counts:
    """Count the devices by the state that is shown at ``now``; every state has a count."""
    state = filters.shown_state(now)
    found = session.execute(
        select(state, func.count(), func.max(device_state.c.heard_at)).select_from(WITH_STATE).group_by(state)
    ).all()
    heard = [heard_at for _, _, heard_at in found if heard_at is not None]
    states = dict.fromkeys(State, 0) | {State(name): count for name, count, _ in found}
    return Counts(states, max(heard, default=None))


def add(session: Session, *added: Device, at: datetime) -> None:
    """Add devices, all or none; raises Conflict where the tenant has one of that name or place already."""
    with refusing(session):
        _insert(session, insert(devices), added, at)


def put(session: Session, *given: Device, at: datetime) -> None:
    """Add devices, and change those that are there to what is given; raises Conflict as ``add`` does."""
    changed = [{"its_id": d.id, "its_tenant": d.tenant_id, **_settings(d)} for d in given]
    theirs = (devices.c.id == bindparam("its_id"), devices.c.tenant_id == bindparam("its_tenant"))
    with refusing(session):
        _insert(session, upsert(devices).on_conflict_do_nothing(index_elements=["id"]), given, at)
        if changed:
            session.connection().execute(update(devices).where(*theirs), changed)


def allow(session: Session, tenant_id: TenantId, networks: Sequence[str]) -> None:
    """Let a tenant reach networks such as 10.20.0.0/16; raises BadInput for one that is none."""
    checked = [{"tenant_id": tenant_id, "network": str(network)} for network in Egress.of(networks).networks]
    if checked:
        session.execute(upsert(tenant_networks).on_conflict_do_nothing(), checked)


def settings(name: str, endpoint: Endpoint, interval: timedelta, off: Iterable[str]) -> dict[str, Any]:
    """Lay out, by column, what a person may change of a device, its login and where it belongs aside."""
    place = {name: getattr(endpoint, name) for name in _PLACE}
    rhythm = {"interval_seconds": interval.total_seconds(), "collectors_off": sorted(off)}
    return {"name": name, **rhythm, **place}


def endpoint_of(values: Sequence[Any]) -> Endpoint:
    """Read the columns of ENDPOINT, in their order."""
    address, port, tls, fingerprint, authority, vantage, streams = values
    return Endpoint(address, port, TlsMode(tls), fingerprint, authority, vantage, streams)


def polled(stores: Stores, partitions: Collection[int] | None = None) -> list[Device]:
    """Read the devices of all tenants, or those of some partitions, with the networks that their tenant may reach.

    The collector that watches a device's history is off where no policy asks for backups after a change.
    """
    if partitions is None:
        return _polled(stores)
    held = literal(sorted(partitions), ARRAY(SmallInteger))
    return _polled(stores, devices.c.partition == any_(held))


def some(stores: Stores, device_ids: Collection[DeviceId]) -> list[Device]:
    """Read these devices as ``polled`` does; one that is gone is not among them."""
    return _polled(stores, devices.c.id == any_(literal(list(device_ids), ARRAY(Uuid))))


def networks(connection: Connection) -> dict[UUID, tuple[str, ...]]:
    """Read the networks that each tenant may reach; who has none of its own may reach any routable address."""
    network = tenant_networks.c.network
    listed = func.array_agg(aggregate_order_by(func.text(network), network))
    query = select(tenant_networks.c.tenant_id, listed).group_by(tenant_networks.c.tenant_id)
    return {tenant_id: tuple(granted) for tenant_id, granted in connection.execute(query)}


def granted(session: Session, tenant_id: UUID) -> tuple[str, ...]:
    """Read the networks that one tenant may reach; without any of its own it is every routable address."""
    network = tenant_networks.c.network
    query = select(func.text(network)).where(tenant_networks.c.tenant_id == tenant_id).order_by(network)
    return tuple(session.execute(query).scalars())


def _polled(stores: Stores, *which: ColumnElement[bool]) -> list[Device]:
    with reachable(), stores.engine(POLLER).connect() as connection:
        reach = networks(connection)
        wanted = select(*_DEVICE, SECRET, _WATCHED, *ENDPOINT).select_from(_TO_POLL)
        found = connection.execute(wanted.where(*which))
        return [_device(row, reach) for row in found]


def _device(row: Sequence[Any], networks: Mapping[UUID, tuple[str, ...]]) -> Device:
    device_id, tenant_id, name, username, seconds, off, secret, watched, *endpoint = row
    return Device(
        id=DeviceId(device_id),
        tenant_id=TenantId(tenant_id),
        name=name,
        endpoint=endpoint_of(endpoint),
        username=username,
        secret=secret,
        interval=timedelta(seconds=seconds),
        networks=networks.get(tenant_id, ()),
        collectors_off=_off(tuple(off), watched),
    )


@cache
def _off(names: tuple[str, ...], watched: bool) -> frozenset[str]:
    """Name the collectors that are off; most devices share one set of them."""
    return frozenset(names if watched else (*names, WATCHING))


def rows() -> Select[Any]:
    """Ask for devices, as ``row_of`` reads them."""
    columns = (*_DEVICE, devices.c.created_at, *_BELONGING, *ENDPOINT, *_KNOWN)
    return select(*columns).select_from(
        WITH_STATE.outerjoin(sites, sites.c.id == devices.c.site_id).outerjoin(profiles, ITS_PROFILE)
    )


def row_of(row: Sequence[Any]) -> DeviceRow:
    """Read a row of ``rows``."""
    device_id, tenant_id, name, username, seconds, off, created_at, site_id, site, tags, *rest = row
    profile, rest = rest[:2], rest[2:]
    endpoint, known = endpoint_of(rest[: len(ENDPOINT)]), rest[len(ENDPOINT) :]
    for place, kind in ((_STATE, State), (_BREAKER, Position)):
        known[place] = known[place] and kind(known[place])
    interval, belonging = timedelta(seconds=seconds), (site_id, site, tuple(tags), tuple(off))
    return DeviceRow(
        device_id, tenant_id, name, endpoint, username, interval, created_at, *belonging, *known, *profile
    )


def _insert(session: Session, statement: Insert, added: Sequence[Device], at: datetime) -> None:
    if added:
        keys = [{"tenant_id": d.tenant_id, "device_id": d.id} for d in added]
        session.execute(
            statement,
            [
                {"id": d.id, "tenant_id": d.tenant_id, "created_at": at, "partition": partition.of(d.id)}
                | _settings(d)
                for d in added
            ],
        )
        session.execute(upsert(device_state).on_conflict_do_nothing(index_elements=["device_id"]), keys)


def _settings(device: Device) -> dict[str, Any]:
    facts = settings(device.name, device.endpoint, device.interval, device.collectors_off)
    return {**facts, **logins.of(device)}
