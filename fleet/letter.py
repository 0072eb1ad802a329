"""A letter: an event on its way from the transaction that made it to the stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from fleet.events import Event

Addressing: TypeAlias = Callable[[Event], str]
"""Tells the subject of an event. The bus knows it, the store does not: who composes passes ``bus.subjects.of``."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An encoded event with its subject; the stream takes the same ``event_id`` once."""

    event_id: UUID
    subject: str
    event: bytes = field(repr=False)
