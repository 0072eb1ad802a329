"""What a fleet runs: devices by model and version, those that run something, and what they have installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import Session

from db.stocktables import inventory
from db.tables import device_state, devices
from fleet.firmware import ARCHITECTURES, MAIN, PACKAGE, architecture
from fleet.firmwareview import Cell
from fleet.identity import DeviceId

MOST_FLAGGED = 200
MOST_CELLS = 20_000
MOST_INSTALLED = 200
"""Pairs of a package and an architecture."""

TOLD = (*ARCHITECTURES, "powerpc", "x86_64")
"""What devices say that an architecture is."""

NAMES = "^[a-z][a-z0-9-]{1,39}$"


@dataclass(frozen=True, slots=True)
class Runner:
    """A device and what it runs, as far as it has told."""

    id: DeviceId
    name: str
    model: str | None
    version: str | None
    architecture: str | None


def cells(session: Session) -> list[Cell]:
    """Count a tenant's devices by model and version."""
    c = device_state.c
    number = func.count()
    query = select(c.model, c.version, number).outerjoin_from(devices, device_state, c.device_id == devices.c.id)
    query = query.group_by(c.model, c.version).order_by(number.desc()).limit(MOST_CELLS)
    return [Cell(*row) for row in session.execute(query)]


def runners(session: Session, versions: Sequence[str], after: str | None, limit: int) -> list[Runner]:
    """Read up to ``limit`` devices that run one of these versions, by name, those behind a name."""
    query = _runners().where(device_state.c.version.in_(versions)).order_by(devices.c.name).limit(limit)
    if after is not None:
        query = query.where(devices.c.name > after)
    return [_runner(row) for row in session.execute(query)]


def flagged(session: Session) -> list[Runner]:
    """Read the devices that found something suspicious in their configuration, by name; MOST_FLAGGED at most."""
    marked = select(inventory.c.device_id).where(
        inventory.c.kind == "device_mode",
        inventory.c.gone_at.is_(None),
        inventory.c.facts.contains({"flagged": True}),
    )
    query = _runners().where(devices.c.id.in_(marked)).order_by(devices.c.name).limit(MOST_FLAGGED)
    return [_runner(row) for row in session.execute(query)]


def installed(session: Session) -> set[tuple[str, str]]:
    """Tell which packages devices have, each with an architecture; asked by the platform, for all tenants.

    What v6 bundles in its main package is none of them. Devices may say anything: architectures that nobody knows
    and names that no package can have are left out, and of the rest the MOST_INSTALLED that are there most often.
    """
    packages, resource = inventory.alias("packages"), inventory.alias("resource")
    name, built_for = _fact(packages, "name"), _fact(resource, "architecture")
    query = (
        select(name, built_for)
        .join_from(packages, resource, packages.c.device_id == resource.c.device_id)
        .where(
            tuple_(packages.c.kind, resource.c.kind) == tuple_(literal("packages"), literal("resource")),
            packages.c.gone_at.is_(None),
            resource.c.gone_at.is_(None),
            _fact(packages, "bundle").is_(None),
        )
        .where(built_for.in_(TOLD), name.regexp_match(NAMES))
        .group_by(name, built_for)
        .order_by(func.count().desc(), name, built_for)
        .limit(MOST_INSTALLED)
    )
    found = {(str(package), architecture(str(told))) for package, told in session.execute(query) if package and told}
    return {
        (MAIN if package.startswith(MAIN) else package, told) for package, told in found if PACKAGE.match(package)
    }


def _runners() -> Any:
    kind = select(inventory.c.device_id, _fact(inventory, "architecture").label("architecture"))
    told = kind.where(inventory.c.kind == "resource", inventory.c.gone_at.is_(None)).subquery("told")
    columns = (devices.c.id, devices.c.name, device_state.c.model, device_state.c.version, told.c.architecture)
    known = select(*columns).join_from(devices, device_state, device_state.c.device_id == devices.c.id)
    return known.outerjoin(told, told.c.device_id == devices.c.id)


def _runner(row: Any) -> Runner:
    return Runner(row.id, row.name, row.model, row.version, row.architecture)


def _fact(table: Any, name: str) -> ColumnElement[Any]:
    told: ColumnElement[Any] = table.c.facts[name].astext
    return told
