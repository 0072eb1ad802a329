"""What the store knows of devices by itself, and rules may judge: a fact is read of a tenant as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from fleet.identity import DeviceId

Values: TypeAlias = Mapping[DeviceId, float]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of a device: what it says, in words, and how the tenant's door tells it of all devices at an instant.

    ``sentence`` says of one that is 1 or 0 what 1 means. A device of which nothing can be said is left out. It is
    read every five minutes where a rule asks for it.
    """

    name: str
    title: str
    read: Callable[[Session, datetime], Values]
    sentence: str = ""


def known(
    session: Session, facts: Sequence[Fact], wanted: Collection[str], now: datetime
) -> dict[str, dict[DeviceId, float]]:
    """Read the facts that are wanted."""
    return {fact.name: dict(fact.read(session, now)) for fact in facts if fact.name in wanted}
