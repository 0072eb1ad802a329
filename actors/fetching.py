"""Files that a device's API does not show, read by SFTP where a person has allowed it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO, Final, cast

from actors.errand import Means
from db import backups, sshaccess
from db.sshaccess import SshAccess
from fleet.device import Device
from routeros.backup.files import LARGEST, Fetch
from routeros.ssh import Host

HOST_KEY_OF_THE_FIRST: Final = "{by} allowed SSH for this device and the host key that it shows first"


async def fetcher(means: Means, device: Device) -> Fetch | None:
    """Tell how files of a device are fetched; None where nobody has allowed SSH for it. Raises Unavailable."""
    files = await sftp(means, device)
    return None if files is None else files.get


async def sftp(means: Means, device: Device) -> Sftp | None:
    """Give the files of a device; None where nobody has allowed SSH for it. Raises Unavailable."""
    allowed = await asyncio.to_thread(_allowed, means, device)
    return None if allowed is None else Sftp(means, device, allowed)


@dataclass(frozen=True, slots=True)
class Summing:
    """Takes bytes and keeps their SHA-256 alone."""

    sum: Any = field(default_factory=sha256)

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self.sum.update(data)
        return len(data)


@dataclass(frozen=True, slots=True)
class Sftp:
    """A device's files; each is read on a connection of its own."""

    means: Means
    device: Device
    allowed: SshAccess

    async def get(self, name: str) -> bytes:
        """Read a file whole; raises RouterOSError. A host key that was seen for the first time is kept."""
        into = BytesIO()
        async with await self.means.access.shell(self.device, self._host) as shell:
            await shell.get(name, into, limit=LARGEST)
            seen = shell.fingerprint
        if self.allowed.fingerprint is None:
            await asyncio.to_thread(self._learn, seen)
        return into.getvalue()

    async def put(self, name: str, data: bytes) -> None:
        """Write a file whole; raises RouterOSError. A host key that was seen for the first time is kept."""
        async with await self.means.access.shell(self.device, self._host) as shell:
            await shell.put(name, BytesIO(data))
            seen = shell.fingerprint
        if self.allowed.fingerprint is None:
            await asyncio.to_thread(self._learn, seen)

    async def digest(self, name: str) -> str:
        """Read a file whole and tell its SHA-256, in lower-case hex; raises RouterOSError."""
        summing = Summing()
        async with await self.means.access.shell(self.device, self._host) as shell:
            await shell.get(name, cast(BinaryIO, summing))
        return str(summing.sum.hexdigest())

    @property
    def _host(self) -> Host:
        at, allowed = self.device.endpoint, self.allowed
        consent = HOST_KEY_OF_THE_FIRST.format(by=allowed.allowed_by) if allowed.fingerprint is None else None
        return Host(at.address, allowed.port, at.vantage, allowed.fingerprint, consent, allowed.legacy)

    def _learn(self, fingerprint: str) -> None:
        with backups.writing(self.means.stores) as session:
            sshaccess.learn(session, self.device.tenant_id, self.device.id, fingerprint, self.means.clock.now())


def _allowed(means: Means, device: Device) -> SshAccess | None:
    with backups.writing(means.stores) as session:
        return sshaccess.read(session, device.tenant_id, device.id)
