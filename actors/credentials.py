"""The devices' passwords: opened in batches, kept in memory for five minutes, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeAlias

from db.vault import BrokenSecret
from fleet.device import Device
from fleet.errors import FleetError, Unavailable
from fleet.identity import TenantId

KEPT_SECONDS = 300.0
RENEW_SECONDS = 120.0
"""What is to be forgotten sooner than this is opened again when the list of devices is read, once a minute."""

GATHER_SECONDS = 0.01
"""How long single wishes are gathered into a batch."""

PATIENCE_SECONDS = 5.0

Opened: TypeAlias = bytes | BrokenSecret
Place: TypeAlias = tuple[TenantId, str]
"""A secret's tenant and ciphertext: what one tenant's key opened is of no use to a device of another."""


class SecretBroken(FleetError):
    """The password of one device cannot be opened: it was sealed with another key, or damaged."""

    code: ClassVar[str] = "secret_broken"


class Safe(Protocol):
    """What is needed of ``db.vault.Vault``; it blocks, and raises Unavailable when it is away."""

    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> Sequence[Opened]: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """An opened secret and when it is to be forgotten."""

    opened: Opened = field(repr=False)
    until: float


class Credentials:
    """A cache before the safe. While the safe is away, what is in the cache still serves, until its time is up."""

    def __init__(self, safe: Safe, now: Callable[[], float] = time.monotonic) -> None:
        self._safe = safe
        self._now = now
        self._kept: dict[Place, Kept] = {}
        self._wishes: dict[TenantId, dict[str, asyncio.Future[Kept]]] = defaultdict(dict)
        self._gathering: asyncio.Task[None] | None = None

    async def password(self, device: Device) -> str:
        """Give the password of a device; raises SecretBroken for this one alone, or Unavailable."""
        kept = self._fresh(device)
        if kept is None:
            kept = await self._opened(device)
        if isinstance(kept.opened, BrokenSecret):
            raise SecretBroken(
                f"The stored password cannot be opened: {kept.opened.reason}.", "Enter the device's password anew."
            )
        return _text(kept.opened)

    async def warm(self, devices: Iterable[Device]) -> None:
        """Open the secrets of many devices ahead of their polls, again where they are soon to be forgotten.

        So a device can be connected to anew for a while whenever the safe goes away. What fails is left to the poll.
        """
        soon = self._now() + RENEW_SECONDS
        wanted = [device for device in devices if (kept := self._fresh(device)) is None or kept.until < soon]
        await asyncio.gather(*(self._wish(device) for device in wanted), return_exceptions=True)

    def forget(self) -> None:
        """Drop what has been kept long enough."""
        self._kept = {place: kept for place, kept in self._kept.items() if kept.until > self._now()}

    def _fresh(self, device: Device) -> Kept | None:
        kept = self._kept.get((device.tenant_id, device.secret))
        return kept if kept is not None and kept.until > self._now() else None

    async def _opened(self, device: Device) -> Kept:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._wish(device)
        except TimeoutError:
            raise Unavailable("OpenBao takes too long to open the password.", "It is asked again.") from None

    async def _wish(self, device: Device) -> Kept:
        wishes = self._wishes[device.tenant_id]
        if device.secret not in wishes:
            wishes[device.secret] = asyncio.get_running_loop().create_future()
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._gather())
        return await asyncio.shield(wishes[device.secret])

    async def _gather(self) -> None:
        """Open all wishes, tenant by tenant, until there are none left."""
        await asyncio.sleep(GATHER_SECONDS)
        while self._wishes:
            tenant_id, wishes = self._wishes.popitem()
            await self._open(tenant_id, wishes)

    async def _open(self, tenant_id: TenantId, wishes: dict[str, asyncio.Future[Kept]]) -> None:
        try:
            opened = await asyncio.to_thread(self._safe.open, tenant_id, list(wishes))
            pairs = list(zip(wishes.items(), opened, strict=True))
        except Exception as error:  # noqa: BLE001  (whoever waits for a secret gets the error)
            for future in wishes.values():
                future.set_exception(error)
                future.exception()
            return
        until = self._now() + KEPT_SECONDS
        for (secret, future), one in pairs:
            kept = self._kept[tenant_id, secret] = Kept(one, until)
            future.set_result(kept)


def _text(opened: bytes) -> str:
    """Read a password; what is no text is not shown, not even in part."""
    try:
        return opened.decode()
    except UnicodeDecodeError:
        raise SecretBroken("The stored password is no text.", "Enter the device's password anew.") from None
