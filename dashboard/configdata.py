"""What pages read of configurations: how a tenant stands, texts with their secrets masked, and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api import configs as shapes
from dashboard.office import PAGE
from db import binaries, configruns, configs, keyring, operations, pushes
from db.binaries import Kept
from db.configruns import Run
from db.configs import Standing, Tally, Version
from db.engine import Stores
from db.operations import Narrow
from db.pushes import Which
from db.sealing import SealBroken
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.errors import BadInput, NotFound, Unavailable
from fleet.identity import DeviceId, Principal, Scope
from fleet.operations import Operation
from fleet.pushes import PushRow
from routeros.backup import comparing
from routeros.backup.comparing import Pair
from routeros.export import parse

MOST = 50
"""Devices that lack a backup, and changes, of one page."""

PUSHES = 20
MOMENT = timedelta(seconds=1)
"""What began in the second in which a version was found belongs to it."""


@dataclass(frozen=True, slots=True)
class Overview:
    """How a tenant stands: the counts, who lacks a backup, the newest versions, run and pushes."""

    tally: Tally
    lacking: Sequence[Standing]
    changed: Sequence[Version]
    run: Run | None
    pushes: Sequence[PushRow]


@dataclass(frozen=True, slots=True)
class Opened:
    """A version and its text with secrets masked."""

    version: Version
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a device, line beside line, what was done on it in between, and what Flotilla did to it."""

    before: Version
    after: Version
    pairs: Sequence[Pair]
    actions: Sequence[Mapping[str, object]] = ()
    deeds: Sequence[Operation] = ()


@dataclass(frozen=True, slots=True)
class Configurations:
    """Reads the configurations of a tenant; every question names its principal."""

    stores: Stores

    def overview(self, principal: Principal) -> Overview:
        """Read how the tenant stands."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return Overview(
                tally=configs.tally(session),
                lacking=configs.lacking(session, MOST + 1),
                changed=configs.recent(session, None, MOST),
                run=next(iter(configruns.page(session, None, 1)), None),
                pushes=pushes.page(session, None, PUSHES),
            )

    def pushes(self, principal: Principal, device_id: DeviceId) -> list[PushRow]:
        """Read the newest pushes to a device."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return pushes.page(session, None, PUSHES, Which(device_id))

    def history(self, principal: Principal, after: UUID | None, only: DeviceId | None) -> list[PushRow]:
        """Read a page of pushes, and one more where some are behind it; raises BadInput for an odd ``after``."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return pushes.page(session, after, PAGE + 1, Which(only))

    def binaries(self, principal: Principal, device_id: DeviceId) -> list[Kept]:
        """Read the binary backups of a device, the newest first."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return binaries.listed(session, device_id)

    def opened(self, principal: Principal, vault: Vault, device_id: DeviceId, number: int) -> Opened:
        """Open a version of a device; raises NotFound, Unavailable, SealBroken."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            found = configs.numbered(session, device_id, number)
            text = configs.text(session, keyring.of(vault), found)
        return Opened(found, shapes.masked(parse(_written(text))))

    def menus(self, principal: Principal, vault: Vault, device_id: DeviceId) -> list[str]:
        """Name the menus that a device's newest version speaks of; none while there is none that can be opened."""
        principal.require(Scope.CONFIG_READ)
        try:
            with tenant_session(self.stores, principal) as session:
                found = configs.numbered(session, device_id, None)
                text = configs.text(session, keyring.of(vault), found)
        except (NotFound, Unavailable, SealBroken):
            return []
        return list(parse(_written(text)).sections)

    def compared(self, principal: Principal, vault: Vault, device_id: DeviceId, numbers: tuple[int, int]) -> Compared:
        """Put two versions of a device beside each other, the older one first.

        Raises BadInput for a version beside itself, NotFound, Unavailable, SealBroken.
        """
        principal.require(Scope.CONFIG_READ)
        if numbers[0] == numbers[1]:
            raise BadInput("A version does not differ from itself.", "Choose two versions.")
        with tenant_session(self.stores, principal) as session:
            older, newer = (configs.numbered(session, device_id, number) for number in sorted(numbers))
            texts = [configs.text(session, keyring.of(vault), one) for one in (older, newer)]
            between = configs.page(session, device_id, newer.number + 1, min(MOST, newer.number - older.number))
            narrow = Narrow(device_id=device_id, since=older.first_seen, until=newer.first_seen + MOMENT)
            deeds = operations.page(session, None, MOST, narrow)
        before, after = (parse(_written(text)) for text in texts)
        actions = [action for one in between if one.number > older.number for action in one.history]
        return Compared(older, newer, comparing.pairs(before, after), actions, deeds)


def _written(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
