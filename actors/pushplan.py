"""A push as it is asked for: the commands become a plan, and what is foreseen of it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from actors import intending
from db import configs, inventory, keyring
from db.inventory import DeviceRow
from db.templates import TemplateRow
from db.vault import Vault
from fleet import versions
from fleet.device import TlsMode
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, TenantId
from fleet.pushes import LASTS, MOST_OPERATIONS, Override, Source, Wanted
from fleet.templates import Mode
from routeros import templating
from routeros.export import Document, parse
from routeros.plan import commands, desired
from routeros.plan.operation import Operation
from routeros.plan.path import Path
from routeros.plan.risks import Risk
from routeros.push import danger, nets
from routeros.push.parcel import Parcel, digest

THINGS: Final = ("`commands`", "`desired`", "`version`", "`template`", "`drift`")
"""What a push may be made of."""


class NothingToChange(BadInput):
    """The device has all that is wished already."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a push is planned: a tenant's session, and the way to what seals and opens its secrets."""

    session: Session
    vault: Vault
    tenant_id: TenantId
    now: datetime


@dataclass(frozen=True, slots=True)
class Filling:
    """A template in one of its versions, and the values of its variables, those of secrets too."""

    row: TemplateRow
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be pushed: console commands, the state that some menus are to have, a stored version, a template.

    ``drift``: all that is intended of the device.
    """

    commands: str | None = None
    desired: str | None = None
    version: int | None = None
    menus: tuple[str, ...] = ()
    template: Filling | None = None
    drift: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a device: its identity and version, and its configuration as it was last read."""

    row: DeviceRow
    document: Document | None
    seen: Path

    @property
    def identity(self) -> str | None:
        return self.row.identity

    @property
    def version(self) -> str | None:
        return self.row.version


@dataclass(frozen=True, slots=True)
class Drawn:
    """A push as it was planned. ``foreseen``: its risks were judged by a stored configuration."""

    source: Source
    operations: tuple[Operation, ...]
    risks: tuple[Risk, ...]
    known: Known

    @property
    def foreseen(self) -> bool:
        return self.known.document is not None

    @property
    def near(self) -> bool:
        """Whether it comes near the path by which the device is reached."""
        return bool(self.risks) or danger.near(self.operations)

    @property
    def safe_mode(self) -> bool | None:
        """Whether safe mode will hold it; None where the device's version is not known, or is none."""
        try:
            new = versions.version(self.known.version or "") >= nets.SAFE_MODE
        except ValueError:
            return None
        return new and len(self.operations) <= nets.MOST_ACTIONS


def draw(desk: Desk, device_id: DeviceId, meant: Meant) -> Drawn:
    """Plan a push; raises NotFound, or BadInput where it cannot be understood or changes nothing."""
    known = _known(desk, device_id)
    source, operations = _operations(desk, device_id, meant, known)
    if not operations:
        raise NothingToChange("There is nothing to change.", "The device has it already, as it was last read.")
    if len(operations) > MOST_OPERATIONS:
        raise BadInput(f"These are {len(operations)} steps.", f"Push at most {MOST_OPERATIONS} at once.")
    risks = danger.judge(operations, known.document, known.seen) if known.document else ()
    return Drawn(source, tuple(operations), risks, known)


def _operations(desk: Desk, device_id: DeviceId, meant: Meant, known: Known) -> tuple[Source, Sequence[Operation]]:
    given = (meant.commands, meant.desired, meant.version, meant.template, meant.drift or None)
    if sum(value is not None for value in given) != 1:
        raise BadInput("A push is made of one thing.", f"Give one of {', '.join(THINGS)}.")
    if meant.commands is not None:
        return Source.COMMANDS, commands.read(meant.commands)
    if known.document is None:
        raise BadInput("The device's configuration was never read.", "Take a backup first, or push commands.")
    if meant.drift:
        return _drifted(desk, known.row)
    if meant.template is not None:
        return Source.TEMPLATE, _filled(meant.template, known.row, known.document)
    menus = meant.menus or None
    if meant.desired is not None:
        return Source.SECTION, desired.plan(known.document, parse(meant.desired), menus).operations
    wanted = _version(desk, device_id, meant.version)
    return Source.VERSION, desired.plan(known.document, wanted, menus).operations


def _filled(filling: Filling, row: DeviceRow, current: Document) -> Sequence[Operation]:
    """Plan what a template says for a device."""
    template = filling.row.template
    text = templating.render(template, filling.values, intending.facts(row))
    intending.discreet(template, filling.values, row)
    whole = template.mode is Mode.WHOLE
    return desired.plan(current, parse(text), intending.menus(text), whole=whole).operations


def _drifted(desk: Desk, row: DeviceRow) -> tuple[Source, Sequence[Operation]]:
    intended = intending.read(desk.session, [row])
    return intending.mending(intending.look(desk.session, keyring.of(desk.vault), row, intended))


def _known(desk: Desk, device_id: DeviceId) -> Known:
    row = inventory.one(desk.session, device_id)
    endpoint = row.endpoint
    service = "api" if endpoint.tls is TlsMode.PLAIN else "api-ssl"
    seen = Path("", endpoint.address, endpoint.port, service, row.username or "")
    try:
        document = _version(desk, device_id, None)
    except NotFound:
        document = None
    return Known(row, document, seen)


def _version(desk: Desk, device_id: DeviceId, number: int | None) -> Document:
    found = configs.numbered(desk.session, device_id, number)
    text = configs.text(desk.session, keyring.of(desk.vault), found)
    return parse(text.decode("utf-8", "surrogateescape"))


def undo(drawn: Drawn) -> tuple[str, ...]:
    """Tell the lines that take a push back, in their order, with secrets masked; none where that is not known."""
    document = drawn.known.document
    if document is None:
        return ()
    try:
        return tuple(one.shown() for one in desired.follow(document, drawn.operations).undo)
    except BadInput:
        return ()


def judged(drawn: Drawn, override: Override | None) -> Override | None:
    """Tell the override that counts; raises LockOut where one is needed, BadInput where it names another device."""
    identity = drawn.known.identity
    if override is not None and identity is not None and override.name != identity:
        raise BadInput(f"The override names {override.name!r}.", "Write the device's identity.")
    if drawn.risks and override is None:
        raise danger.lock_out(drawn.risks)
    return override


@dataclass(frozen=True, slots=True)
class Terms:
    """How a push is to be done: the override of a person, how long it may wait, and the wave that it is part of."""

    override: Override | None = None
    lasts: timedelta = LASTS
    wave_id: UUID | None = None


def wanted(desk: Desk, device_id: DeviceId, drawn: Drawn, terms: Terms) -> Wanted:
    """Seal a push, ready to be stored; raises Unavailable while OpenBao is away."""
    parcel = Parcel.of(drawn.operations)
    (sealed,) = desk.vault.seal(desk.tenant_id, [parcel.pack()])
    return Wanted(
        device_id=device_id,
        source=drawn.source,
        sealed=sealed,
        digest=digest(drawn.operations, device_id.bytes),
        shown=[one.shown() for one in drawn.operations],
        risks=[risk(one) for one in drawn.risks],
        total=len(drawn.operations),
        risky=drawn.near,
        override=terms.override,
        expires_at=desk.now + terms.lasts,
        wave_id=terms.wave_id,
    )


def risk(one: Risk) -> dict[str, str]:
    """Tell a risk, without secrets."""
    return {"kind": one.kind.value, "line": one.operation.shown(), "why": one.why, "next_step": one.next_step}
