"""The devices of a tenant as a rollout's plan needs them: what they are, and what they are reached over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from db import filters, rolloutpairs, topology
from db.backuptables import config_state
from db.inventory import WITH_STATE
from db.pushtables import pushes
from db.stocktables import inventory
from db.tables import device_state, devices, sites
from fleet.device import State
from fleet.firmware import MAIN
from fleet.identity import DeviceId
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet
from fleet.versions import known

FACTS: Final = {
    "architecture": ("resource", "architecture"),
    "flash": ("resource", "disk_bytes"),
    "floor": ("routerboard", "firmware_factory"),
    "radio": ("interfaces", "type", "wlan"),
}
"""What is asked of the inventory: a kind and a fact of it, and which value counts; ``wlan`` are radios of old."""


def read(session: Session, chosen: Collection[DeviceId], now: datetime) -> Fleet:
    """Read some devices, what every device of the tenant is reached over, and which of them stand in for others."""
    links = topology.links(session)
    packages = _packages(session, chosen)
    known = {
        name: {row.device_id: row.told for row in session.execute(_facts(*asked))} for name, asked in FACTS.items()
    }
    found = []
    for row in session.execute(_devices(now)):
        if row.id in chosen:
            facts = {name: told.get(row.id) or "" for name, told in known.items()}
            found.append(_candidate(row, facts, packages.get(row.id, frozenset()), links.get(row.id, frozenset())))
    return Fleet(found, links, rolloutpairs.read(session))


def _devices(now: datetime) -> Any:
    pushing = exists(pushes.c.id).where(pushes.c.device_id == devices.c.id, pushes.c.ended_at.is_(None))
    state = device_state.c
    return (
        select(
            *(devices.c.id, devices.c.name, sites.c.name.label("site"), state.model, state.version, state.serial),
            filters.shown_state(now).label("state"),
            config_state.c.whole_at,
            pushing.label("pushing"),
        )
        .select_from(WITH_STATE)
        .outerjoin(sites, sites.c.id == devices.c.site_id)
        .outerjoin(config_state, config_state.c.device_id == devices.c.id)
        .order_by(devices.c.name)
    )


def _candidate(row: Any, facts: Mapping[str, str], packages: frozenset[str], over: frozenset[DeviceId]) -> Candidate:
    version = known(row.version)
    return Candidate(
        id=DeviceId(row.id),
        name=row.name,
        site=row.site,
        model=row.model or "",
        architecture=facts["architecture"],
        version=str(version) if version else row.version or "",
        serial=row.serial or "",
        packages=packages,
        state=State(row.state),
        pushing=row.pushing,
        backup_at=row.whole_at,
        parents=over,
        floor=facts["floor"],
        flash=int(facts["flash"] or 0),
        driver=bool(facts["radio"]),
    )


def _packages(session: Session, chosen: Collection[DeviceId]) -> Mapping[DeviceId, frozenset[str]]:
    names: dict[DeviceId, set[str]] = {}
    bundle = inventory.c.facts["bundle"].astext
    query = _facts("packages", "name").where(bundle.is_(None))
    for row in session.execute(query):
        if row.device_id in chosen and row.told:
            names.setdefault(row.device_id, set()).add(MAIN if row.told.startswith(f"{MAIN}-") else row.told)
    return {device_id: frozenset(those) for device_id, those in names.items()}


def _facts(kind: str, fact: str, value: str | None = None) -> Any:
    told: ColumnElement[Any] = inventory.c.facts[fact].astext
    there = [inventory.c.kind == kind, inventory.c.gone_at.is_(None), *([] if value is None else [told == value])]
    return select(inventory.c.device_id, told.label("told")).where(*there)
