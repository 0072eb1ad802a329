"""Which events may be stored: those of a former owner behind the fence of the next may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import psycopg

from fleet import ownership, partition
from fleet.errors import Unavailable
from fleet.events import DeviceEvent, Received
from fleet.identity import DeviceId
from fleet.ownership import Fence, Holding, Verdict

_VERSION = "SELECT version FROM assignment"
_PARTITIONS = "SELECT partition, epoch, fence_sequence, fence_created FROM partitions WHERE epoch > 0"

REMEMBERED = 200_000
"""Devices whose partition is kept in memory, so that it need not be computed for each of their events."""

_Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass(slots=True)
class Fences:
    """The epochs and fences of all partitions, read again only when the assignment has changed."""

    _version: int = -1
    _holdings: dict[int, Holding] = field(default_factory=dict)
    _newest: int = 0
    _partitions: dict[UUID, int] = field(default_factory=dict)

    async def admitted(
        self, connection: _Connection, received: Sequence[Received], created: Mapping[str, datetime]
    ) -> list[Received]:
        """Leave out what is refused. ``created`` tells when each stream was made.

        Raises Unavailable while a new owner has not set its fence and an event of the old one is there: the batch
        is to be given again.
        """
        await self._refresh(connection)
        return [one for one in received if self._stands(one, created)]

    async def _refresh(self, connection: _Connection) -> None:
        found = await (await connection.execute(_VERSION)).fetchone()
        version = found[0] if found else 0
        if version == self._version:
            return
        rows = await (await connection.execute(_PARTITIONS)).fetchall()
        self._holdings = {number: Holding(number, epoch, fence=_fence(*at)) for number, epoch, *at in rows}
        self._newest = max((holding.epoch for holding in self._holdings.values()), default=0)
        self._version = version

    def _stands(self, one: Received, created: Mapping[str, datetime]) -> bool:
        event = one.event
        if not isinstance(event, DeviceEvent) or event.epoch >= self._newest:
            return True
        holding = self._holdings.get(self._partition(event.device_id))
        if holding is None or event.epoch >= holding.epoch:
            return True
        verdict = ownership.judge(event.epoch, one.accepted, created[one.stream], holding)
        if verdict is Verdict.WAIT:
            raise Unavailable(
                f"The new owner of partition {holding.partition} has not set its fence yet.", "It is tried again."
            )
        return verdict is Verdict.ACCEPT

    def _partition(self, device_id: UUID) -> int:
        number = self._partitions.get(device_id)
        if number is None:
            if len(self._partitions) >= REMEMBERED:
                self._partitions.clear()
            number = self._partitions[device_id] = partition.of(DeviceId(device_id))
        return number


def _fence(sequence: int | None, created: datetime | None) -> Fence | None:
    return Fence(sequence, created) if sequence is not None and created is not None else None
