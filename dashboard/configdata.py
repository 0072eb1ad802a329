"""What pages read of configurations: how a tenant stands, texts with their secrets masked, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api import configs as shapes
from db import configruns, configs, keyring, pushes
from db.configruns import Run
from db.configs import Standing, Tally, Version
from db.engine import Stores
from db.pushes import Which
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.errors import BadInput
from fleet.identity import DeviceId, Principal, Scope
from fleet.pushes import PushRow
from routeros.backup import comparing
from routeros.backup.comparing import Pair
from routeros.export import parse

MOST = 50
"""Devices that lack a backup, and changes, of one page."""

PUSHES = 20


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
    """Two versions of a device, line beside line."""

    before: Version
    after: Version
    pairs: Sequence[Pair]


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

    def opened(self, principal: Principal, vault: Vault, device_id: DeviceId, number: int) -> Opened:
        """Open a version of a device; raises NotFound, Unavailable, SealBroken."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            found = configs.numbered(session, device_id, number)
            text = configs.text(session, keyring.of(vault), found)
        return Opened(found, shapes.masked(parse(_written(text))))

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
        before, after = (parse(_written(text)) for text in texts)
        return Compared(older, newer, comparing.pairs(before, after))


def _written(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
