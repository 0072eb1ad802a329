"""What is intended of a device, by the templates assigned to it and its pinned version, and where it is not so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from db import configs, templates
from db.configs import Version
from db.inventory import DeviceRow
from db.keyring import Keyring
from db.templates import Intent
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId
from fleet.pushes import Source
from fleet.templates import Kind, Mode, Template
from routeros import templating
from routeros.export import parse
from routeros.export.secrets import MASK, secret
from routeros.plan import commands, drift, world
from routeros.plan.drift import Drift
from routeros.plan.item import World
from routeros.plan.operation import Operation, Verb
from routeros.templating import Facts


class DriftState(StrEnum):
    """How a device stands to what is intended of it."""

    AS_INTENDED = "as_intended"
    DRIFTED = "drifted"
    NOTHING_INTENDED = "nothing_intended"
    NEVER_READ = "never_read"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A template or a version that is intended, and what differs from it; ``error`` where that cannot be told."""

    source: Source
    name: str
    number: int
    id: UUID
    drift: Drift | None = None
    error: BadInput | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands to what is intended of it, by the version of its configuration that was read last."""

    state: DriftState
    version: Version | None = None
    parts: tuple[Part, ...] = ()

    @property
    def count(self) -> int:
        return sum(len(part.drift.findings) for part in self.parts if part.drift)

    @property
    def error(self) -> BadInput | None:
        """Why it cannot be told of a part how the device stands."""
        return next((part.error for part in self.parts if part.error), None)


@dataclass(frozen=True, slots=True)
class Intended:
    """All that a tenant intends of some devices."""

    intents: Sequence[Intent]
    pins: Mapping[DeviceId, Version] = field(default_factory=dict)

    def of(self, row: DeviceRow) -> list[Intent]:
        """Tell a device's templates; who is named himself comes before a site, a site before a tag."""
        found: dict[UUID, tuple[int, Intent]] = {}
        for intent in self.intents:
            near = _nearness(intent, row)
            if near and near > found.get(intent.row.id, (0, intent))[0]:
                found[intent.row.id] = near, intent
        return [intent for _, intent in found.values()]


NEVER_READ: Final = ("The device's configuration was never read.", "Take a backup: flotilla config backup.")


def read(session: Session, rows: Sequence[DeviceRow]) -> Intended:
    """Read what is intended of some devices."""
    return Intended(templates.intents(session, rows), configs.pinned(session, [row.id for row in rows]))


def _nearness(intent: Intent, row: DeviceRow) -> int:
    target = intent.target
    if target.device_id is not None:
        return 3 if target.device_id == row.id else 0
    if target.site_id is not None:
        return 2 if target.site_id == row.site_id else 0
    return 1 if target.tag in row.tags else 0


def look(session: Session, keyring: Keyring, row: DeviceRow, intended: Intended) -> Standing:
    """Compare a device's newest version with what is intended; raises Unavailable where OpenBao is away."""
    mine, pin = intended.of(row), intended.pins.get(row.id)
    if not mine and pin is None:
        return Standing(DriftState.NOTHING_INTENDED)
    try:
        version = configs.numbered(session, row.id, None)
    except NotFound:
        return Standing(DriftState.NEVER_READ)
    wishes = [_written(intent, row) for intent in mine]
    if pin is not None:
        wishes.append(_pinned(pin, _text(session, keyring, pin), wishes))
    parts = tuple(_compared(_text(session, keyring, version), wishes))
    if any(part.error for part in parts):
        state = DriftState.UNKNOWN
    else:
        state = DriftState.DRIFTED if any(part.drift for part in parts) else DriftState.AS_INTENDED
    return Standing(state, version, parts)


def _text(session: Session, keyring: Keyring, version: Version) -> str:
    return configs.text(session, keyring, version).decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a part wants: a text for some menus, and whether they are to say nothing else."""

    part: Part
    text: str = field(default="", repr=False)
    menus: frozenset[str] = frozenset()
    whole: bool = True


def _written(intent: Intent, row: DeviceRow) -> _Wish:
    """Write a template for a device, its secrets masked: their values are told to nobody, and not compared."""
    template, part = intent.row.template, Part(Source.TEMPLATE, intent.row.name, intent.row.number, intent.row.id)
    try:
        text = templating.render(template, {**intent.variables, **_masks(template)}, facts(row))
    except BadInput as wrong:
        return _Wish(replace(part, error=wrong))
    return _Wish(part, text, menus(text), template.mode is Mode.WHOLE)


def _masks(template: Template) -> dict[str, str]:
    return {one.name: MASK for one in template.variables if one.kind is Kind.SECRET}


def menus(text: str) -> frozenset[str]:
    """Tell the menus that a text is about; raises BadInput."""
    return frozenset(step.menu for step in commands.read(text))


def _pinned(pin: Version, text: str, wishes: Sequence[_Wish]) -> _Wish:
    """Want the pinned version, in the menus of which no template speaks."""
    part = Part(Source.VERSION, pin.note or f"version {pin.number}", pin.number, pin.id)
    return _Wish(part, text, frozenset().union(*(wish.menus for wish in wishes)))


def _compared(current: str, wishes: Sequence[_Wish]) -> Iterator[Part]:
    """Compare part by part; what one of them mends is no drift from the next."""
    try:
        now = world.read(parse(current))
    except BadInput as wrong:
        yield from (replace(wish.part, error=wrong) for wish in wishes)
        return
    for wish in wishes:
        if wish.part.error:
            yield wish.part
            continue
        try:
            found = _drift(now, wish)
            now = world.after(now, found.plan.operations, first=True)
        except BadInput as wrong:
            yield replace(wish.part, error=wrong)
        else:
            yield replace(wish.part, drift=found)


def _drift(now: World, wish: _Wish) -> Drift:
    wanted = world.read(parse(wish.text))
    about = wish.menus if wish.part.source is Source.TEMPLATE else {*now, *wanted} - wish.menus
    return drift.between(now, wanted, about, whole=wish.whole)


def mending(standing: Standing) -> tuple[Source, tuple[Operation, ...]]:
    """Tell the steps that take a device back to what is intended; raises BadInput where they cannot be told."""
    if standing.state is DriftState.NOTHING_INTENDED:
        raise BadInput("Nothing is intended of this device.", "Assign a template to it, or pin a version.")
    if standing.state is DriftState.NEVER_READ:
        raise BadInput(*NEVER_READ)
    if standing.error:
        raise standing.error
    steps: list[Operation] = []
    for part in standing.parts:
        mine = part.drift.plan.operations if part.drift else ()
        if any(MASK in value for step in mine for value in step.values.values()):
            message = f"A row that the template {part.name} wants holds a secret, which is told to nobody."
            raise BadInput(message, "Push the template itself, and give its values.")
        steps += mine
    by_template = any(part.source is Source.TEMPLATE for part in standing.parts)
    return Source.TEMPLATE if by_template else Source.VERSION, tuple(steps)


def discreet(template: Template, values: Mapping[str, object], row: DeviceRow) -> None:
    """Refuse a template that writes a secret where everybody reads it; raises BadInput."""
    hidden = _masks(template)
    if not hidden:
        return
    for step in commands.read(templating.render(template, {**values, **hidden}, facts(row))):
        for name, value in step.values.items():
            if MASK in value and not secret(step.menu, name) and step.verb is not Verb.REMOVE:
                message = f"The template writes a secret into {name} of {step.menu}, which everybody may read."
                raise BadInput(message, "Use the variable for passwords and keys alone, or make it a string.")


def facts(row: DeviceRow) -> Facts:
    """Tell what templates are told of a device."""
    return Facts(
        name=row.name,
        identity=row.identity or "",
        model=row.model or "",
        serial=row.serial or "",
        version=row.version or "",
        address=row.endpoint.address,
        site=row.site or "",
        tags=row.tags,
    )
