"""The contract of a chore: what a file in ``actors/chores`` declares, and what it is given when it is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.engine import Stores
from fleet.identity import TenantId
from fleet.settings import Settings


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a chore is given: stores, the domain's time, for whom it is done (None: the platform), and settings.

    ``ending`` tells whether its keeper is to end: a long chore looks after each of its steps, and leaves the rest.
    """

    stores: Stores
    now: datetime
    tenant_id: TenantId | None = None
    settings: Settings = field(default_factory=Settings)
    ending: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Chore:
    """What is to be done again and again. Put one at module level of a file in ``actors/chores``.

    ``run`` blocks and may raise; it is called in a thread. Where it takes longer than the timekeeper holds a claim it
    is called again before it has ended: so it does its work in steps, each of which may be done twice.
    """

    kind: str
    every: timedelta
    run: Callable[[Occasion], None]
