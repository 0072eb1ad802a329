"""The devices of a tenant and what is known of them; the whole list for the pollers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Insert,
    Select,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.access import POLLER
from db.engine import Stores, reachable
from db.rules import refusing
from db.sites import TAGS
from db.tables import device_state, device_tags, devices, sites, tenant_networks
from fleet import partition
from fleet.breaker import Position
from fleet.device import STALE_AFTER, Device, Endpoint, State, TlsMode, shown_state
from fleet.egress import Egress
from fleet.errors import NotFound
from fleet.identity import DeviceId, SiteId, TenantId


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

    def shown(self, now: datetime) -> State:
        """Tell the state to show at ``now``: stale when nothing was heard for three intervals."""
        return shown_state(self.state, self.heard_at, self.interval, now)


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which devices of a tenant: those shown in a state at ``now``, those with a text in what people know them by.

    ``site`` picks those that stand at one, ``tag`` those that have it.
    """

    state: State | None
    text: str | None
    now: datetime
    site: SiteId | None = None
    tag: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL; the states are those of ``DeviceRow.shown``."""
        if self.text:
            yield or_(*(column.icontains(self.text, autoescape=True) for column in _SEARCHED))
        if self.state is not None:
            yield _shown_state(self.now) == self.state.value
        if self.site is not None:
            yield devices.c.site_id == self.site
        if self.tag is not None:
            yield devices.c.id.in_(select(device_tags.c.device_id).where(device_tags.c.tag == self.tag))


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
_DEVICE = [devices.c[name] for name in ("id", "tenant_id", "name", "username", "interval_seconds", "collectors_off")]
_BELONGING = [devices.c.site_id, sites.c.name, TAGS]
_KNOWN = [device_state.c[f.name] for f in fields(DeviceRow) if f.name in device_state.c and f.name not in devices.c]
_STATE, _BREAKER = (_KNOWN.index(device_state.c[name]) for name in ("state", "breaker"))
_SAID = device_state.c
_SEARCHED = (devices.c.name, devices.c.address, _SAID.identity, _SAID.model, _SAID.version, _SAID.serial)


def page(session: Session, after: str | None, limit: int, narrow: Narrow | None = None) -> list[DeviceRow]:
    """Read up to ``limit`` devices of the tenant by name, those behind the name ``after``."""
    query = _rows().where(*(narrow.conditions() if narrow else ())).order_by(devices.c.name).limit(limit)
    if after is not None:
        query = query.where(devices.c.name > after)
    return [_row(row) for row in session.execute(query)]


def one(session: Session, device_id: DeviceId) -> DeviceRow:
    """Read one device; raises NotFound where the tenant has none of that id."""
    row = session.execute(_rows().where(devices.c.id == device_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no device {device_id}.", "List the tenant's devices for their ids.")
    return _row(row)


def named(session: Session, name: str) -> DeviceRow:
    """Read the device of a name; raises NotFound where the tenant has none."""
    row = session.execute(_rows().where(devices.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no device {name!r}.", "List the tenant's devices for their names.")
    return _row(row)


def counts(session: Session, now: datetime) -> Counts:
    """Count the devices by the state that is shown at ``now``; every state has a count."""
    state = _shown_state(now)
    found = session.execute(
        select(state, func.count(), func.max(device_state.c.heard_at))
        .join_from(devices, device_state, _same_device())
        .group_by(state)
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


def settings(name: str, endpoint: Endpoint, username: str, interval: timedelta, off: Iterable[str]) -> dict[str, Any]:
    """Lay out, by column, what a person may change of a device, its secret and where it belongs aside."""
    place = {name: getattr(endpoint, name) for name in _PLACE}
    rhythm = {"interval_seconds": interval.total_seconds(), "collectors_off": sorted(off)}
    return {"name": name, "username": username, **rhythm, **place}


def endpoint_of(values: Sequence[Any]) -> Endpoint:
    """Read the columns of ENDPOINT, in their order."""
    address, port, tls, fingerprint, authority, vantage, streams = values
    return Endpoint(address, port, TlsMode(tls), fingerprint, authority, vantage, streams)


def polled(stores: Stores, partitions: Collection[int] | None = None) -> list[Device]:
    """Read the devices of all tenants, or those of some partitions, with the networks that their tenant may reach."""
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


def _polled(stores: Stores, *which: ColumnElement[bool]) -> list[Device]:
    with reachable(), stores.engine(POLLER).connect() as connection:
        granted = networks(connection)
        found = connection.execute(select(*_DEVICE, devices.c.secret, *ENDPOINT).where(*which))
        return [_device(row, granted) for row in found]


def _device(row: Sequence[Any], networks: Mapping[UUID, tuple[str, ...]]) -> Device:
    device_id, tenant_id, name, username, seconds, off, secret, *endpoint = row
    return Device(
        id=DeviceId(device_id),
        tenant_id=TenantId(tenant_id),
        name=name,
        endpoint=endpoint_of(endpoint),
        username=username,
        secret=secret,
        interval=timedelta(seconds=seconds),
        networks=networks.get(tenant_id, ()),
        collectors_off=frozenset(off),
    )


def _rows() -> Select[Any]:
    columns = (*_DEVICE, devices.c.created_at, *_BELONGING, *ENDPOINT, *_KNOWN)
    return select(*columns).select_from(
        devices.join(device_state, _same_device()).outerjoin(sites, sites.c.id == devices.c.site_id)
    )


def _same_device() -> Any:
    return (devices.c.id == device_state.c.device_id) & (devices.c.tenant_id == device_state.c.tenant_id)


def _row(row: Sequence[Any]) -> DeviceRow:
    device_id, tenant_id, name, username, seconds, off, created_at, site_id, site, tags, *rest = row
    endpoint, known = endpoint_of(rest[: len(ENDPOINT)]), rest[len(ENDPOINT) :]
    for place, kind in ((_STATE, State), (_BREAKER, Position)):
        known[place] = known[place] and kind(known[place])
    interval, belonging = timedelta(seconds=seconds), (site_id, site, tuple(tags), tuple(off))
    return DeviceRow(device_id, tenant_id, name, endpoint, username, interval, created_at, *belonging, *known)


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
    facts = settings(device.name, device.endpoint, device.username, device.interval, device.collectors_off)
    return {**facts, "secret": device.secret}


def _shown_state(now: datetime) -> ColumnElement[str]:
    """Say ``fleet.device.shown_state`` in SQL."""
    silence = func.extract("epoch", literal(now, DateTime(timezone=True)) - device_state.c.heard_at)
    heard = silence <= STALE_AFTER * devices.c.interval_seconds
    kept = or_(heard, device_state.c.state == State.MAINTENANCE.value)
    return case((kept & device_state.c.state.is_not(None), device_state.c.state), else_=State.STALE.value)
