"""Many devices made, changed and removed at once: each row for itself, and a bad one costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import TypeAlias
from uuid import UUID

from api import lines, logins
from api.devices import allow
from api.lines import Action, DeviceLine, Key, Numbered, RowResult, Status
from api.probing import Sight
from db.registry import Known, New, Registry
from fleet import endpoints
from fleet.amendment import Amendment
from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.endpoints import BadField
from fleet.errors import BadInput, Conflict, FleetError, NotFound
from fleet.identity import DeviceId, ProfileId, TenantId

TRUSTED = 50
"""Rows of one request whose device is looked at for its certificate."""

UNSEALED = "vault:unsealed"
"""What stands for a sealed password where nothing is kept."""

Look: TypeAlias = Callable[[Sequence[Endpoint]], Sequence[Sight]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a bulk is done with: the register in its transaction, the tenant's bounds, and the ways to seal and look.

    ``interval`` is how often a new device is polled that does not say so itself.
    """

    tenant_id: TenantId
    registry: Registry
    egress: Egress
    interval: timedelta
    seals: Callable[[Sequence[str]], Sequence[str]] = field(repr=False)
    look: Look


@dataclass(frozen=True, slots=True)
class _Plan:
    """A row that may be done: with which device that is there, at which place, with which secret."""

    row: Numbered
    given: DeviceLine
    action: Action
    there: Known | None = None
    place: Endpoint | None = None
    trusted: bool = False
    secret: str | None = field(default=None, repr=False)
    error: FleetError | None = None

    @property
    def known(self) -> tuple[UUID | None, str | None]:
        return (self.there.id, self.there.name) if self.there else (self.given.id, self.given.name)


def run(desk: Desk, rows: Sequence[Numbered], usual: Action, *, dry: bool) -> list[RowResult]:
    """Do the rows in the caller's transaction and tell of each; with ``dry`` nothing of it stays.

    Devices are looked at, and passwords sealed together, before anything is locked or written. Raises Unavailable
    where OpenBao is away, TooMany where others are being looked at.
    """
    there = _there(desk, rows)
    once = lines.twice(rows, {key: known.id for key, known in there.items()})
    plans = [_plan(desk, row, row.what, usual, there) for row in once if isinstance(row.what, DeviceLine)]
    sealed = _sealed(desk, _trusting(desk, plans), dry=dry)
    unread = [RowResult.failed(row.line, row.what) for row in once if not isinstance(row.what, DeviceLine)]
    with _kept(desk, dry=dry), desk.registry.together(told=not dry) as registry:
        at = replace(desk, registry=registry)
        done = list(_all(at, _held(at, sealed)))
    return sorted([*unread, *done], key=lambda result: result.line)


@contextmanager
def _kept(desk: Desk, *, dry: bool) -> Iterator[None]:
    """Undo in the end what was only tried."""
    if not dry:
        yield
        return
    trial = desk.registry.session.begin_nested()
    try:
        yield
    finally:
        trial.rollback()


def _there(desk: Desk, rows: Sequence[Numbered]) -> Mapping[Key, Known]:
    """Find the devices that rows name, by id and by name."""
    ids, names = lines.named(rows)
    found = desk.registry.find(desk.tenant_id, [DeviceId(one) for one in ids], names)
    return {("id", str(one.id)): one for one in found} | {("name", one.name): one for one in found}


def _plan(desk: Desk, row: Numbered, given: DeviceLine, usual: Action, there: Mapping[Key, Known]) -> _Plan:
    """Tell what a row comes to, as far as that is known before anything is asked or written."""
    known = there.get(given.key) if given.key else None
    plan = _Plan(row, given, given.action or usual, known)
    try:
        action = _action(plan)
        if action is Action.DELETE:
            return replace(plan, action=action)
        place = _place(replace(plan, action=action))
        if known is None or (place.address, place.port) != (known.endpoint.address, known.endpoint.port):
            allow(place, desk.egress)
        if not given.trust or place.tls is not TlsMode.PIN:
            place = endpoints.pinned(place)
    except FleetError as error:
        return replace(plan, error=error)
    return replace(plan, action=action, place=place, trusted=place.tls is TlsMode.PIN and place.fingerprint is None)


def _action(plan: _Plan) -> Action:
    """Decide between making and changing; raises Conflict, NotFound and BadInput."""
    given, there = plan.given, plan.there
    if given.key is None:
        raise BadField(
            "name", "It is not said which device this is.", "Give its name, or the id of one that is there."
        )
    if plan.action is Action.CREATE:
        if given.id is not None:
            raise BadField("id", "A new device has no id yet.", "Leave the id out, or change the one there is.")
        if there is not None:
            raise Conflict("There is already a device of that name.", "Choose another, or change the one there is.")
        return Action.CREATE
    if there is None and (given.id is not None or plan.action is not Action.APPLY):
        raise NotFound(f"There is no device {given.key[1]!r}.", "List the tenant's devices for their names and ids.")
    if plan.action is Action.DELETE:
        return Action.DELETE
    return Action.CREATE if there is None else Action.UPDATE


def _place(plan: _Plan) -> Endpoint:
    """Tell where the device is to be reached; raises Invalid, BadField."""
    given = plan.given
    if given.trust and given.tls not in (None, TlsMode.PIN):
        raise BadField("trust", f"There is nothing to trust in tls {given.tls}.", "Give tls pin, or leave trust out.")
    if plan.there is not None:
        wish = given.wish()
        return (replace(wish, tls=TlsMode.PIN) if given.trust else wish).endpoint(plan.there.endpoint)
    new = given.new()
    if given.trust:
        new = new.model_copy(update={"tls": TlsMode.PIN})
    return new.endpoint()


def _trusting(desk: Desk, plans: Sequence[_Plan]) -> list[_Plan]:
    """Look at the devices whose first certificate is to be taken; nothing is said to them."""
    wanted = [plan for plan in plans if plan.trusted and plan.place and plan.error is None]
    places = [plan.place for plan in wanted[:TRUSTED] if plan.place]
    seen = iter(desk.look(places) if places else ())
    after = {id(plan): _trusted(plan, next(seen, None)) for plan in wanted}
    return [after.get(id(plan), plan) for plan in plans]


def _trusted(plan: _Plan, seen: Sight | None) -> _Plan:
    if seen is None:
        text = f"Only {TRUSTED} devices of a request are looked at for their certificates."
        return replace(plan, error=BadInput(text, "Send this row again, or give its fingerprint."))
    if seen.error is not None or seen.fingerprint is None:
        nothing = BadInput("It shows no certificate.", "Give it one (/ip/service), or choose another tls.")
        return replace(plan, error=seen.error or nothing)
    return replace(plan, place=replace(seen.endpoint, fingerprint=seen.fingerprint))


def _sealed(desk: Desk, plans: Sequence[_Plan], *, dry: bool) -> list[_Plan]:
    """Seal the passwords of all rows that go on, together."""
    wanted = [
        (place, plan.given.password.get_secret_value())
        for place, plan in enumerate(plans)
        if plan.error is None and plan.action is not Action.DELETE and plan.given.password is not None
    ]
    passwords = [password for _, password in wanted]
    sealed = [UNSEALED] * len(passwords) if dry or not passwords else desk.seals(passwords)
    found = dict(zip((place for place, _ in wanted), sealed, strict=True))
    return [replace(plan, secret=found.get(place)) for place, plan in enumerate(plans)]


def _held(desk: Desk, plans: Sequence[_Plan]) -> list[_Plan]:
    """Hold the devices that are there; a row whose device is another by now than it was planned with fails."""
    ids = [plan.there.id for plan in plans if plan.there and plan.error is None]
    now = {one.id: one for one in desk.registry.hold(desk.tenant_id, ids)}
    return [
        replace(plan, error=_moved())
        if plan.error is None and plan.there and now.get(plan.there.id) != plan.there
        else plan
        for plan in plans
    ]


def _moved() -> Conflict:
    return Conflict("Somebody changed this device while the rows were being looked at.", "Send this row again.")


def _all(desk: Desk, plans: Sequence[_Plan]) -> Iterator[RowResult]:
    """Do the rows in their order; new devices that follow one another are written together."""
    for new, some in groupby(plans, lambda plan: plan.error is None and plan.action is Action.CREATE):
        run = list(some)
        yield from _made(desk, run) if new else [_done(desk, plan) for plan in run]


def _made(desk: Desk, plans: Sequence[_Plan]) -> list[RowResult]:
    """Make devices, all at once where nothing is wrong with any, else each half for itself."""
    try:
        with desk.registry.session.begin_nested():
            profiles = logins.profiles(desk.registry.session, desk.tenant_id, [plan.given for plan in plans])
            new = [_new(desk, plan, profiles) for plan in plans]
            desk.registry.add(*new)
    except FleetError as error:
        if len(plans) == 1:
            return [RowResult.failed(plans[0].row.line, error, plans[0].known)]
        half = len(plans) // 2
        return [*_made(desk, plans[:half]), *_made(desk, plans[half:])]
    return [
        RowResult.done(plan.row.line, Status.CREATED, (one.device.id, one.device.name))
        for plan, one in zip(plans, new, strict=True)
    ]


def _new(desk: Desk, plan: _Plan, profiles: Mapping[str, ProfileId]) -> New:
    given = plan.given.new()
    login = logins.made(given, plan.secret, profiles)
    device = given.device(desk.tenant_id, plan.place or given.endpoint(), login, desk.interval)
    return New(device, given.site, tuple(given.tags), plan.trusted)


def _done(desk: Desk, plan: _Plan) -> RowResult:
    """Change or remove one device, or tell why not; the registry leaves nothing of a change that it refuses."""
    line, there = plan.row.line, plan.there
    try:
        if plan.error is not None or there is None:
            raise plan.error or NotFound("There is no such device.", "List the tenant's devices.")
        if plan.action is Action.DELETE:
            desk.registry.remove(desk.tenant_id, there.id)
            return RowResult.done(line, Status.DELETED, (there.id, there.name))
        changed = desk.registry.change(desk.tenant_id, there.id, _wish(plan))
    except FleetError as error:
        return RowResult.failed(line, error, plan.known)
    name = plan.given.name or there.name
    return RowResult.done(line, Status.UPDATED if changed else Status.UNCHANGED, (there.id, name), changed)


def _wish(plan: _Plan) -> Amendment:
    wish = replace(plan.given.wish(), secret=plan.secret)
    if not plan.trusted or plan.place is None:
        return wish
    return replace(wish, tls=TlsMode.PIN, fingerprint=plan.place.fingerprint, trusted=True)
