"""What the web was given at its start, and how a request finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet.clock import Clock
from fleet.families import Family
from fleet.settings import Settings

EXTENSION = "flotilla"


@dataclass(frozen=True, slots=True)
class Check:
    """What one dependency answered when it was asked whether it works."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """All that the web needs: ``checks`` are asked for readiness, ``gauges`` by their whole name for ``/metrics``."""

    settings: Settings
    stores: Stores
    families: Mapping[str, Family]
    clock: Clock
    limits: Limits
    vault: Vault
    checks: Mapping[str, Callable[[], Check]] = field(default_factory=dict)
    gauges: Mapping[str, Callable[[], float]] = field(default_factory=dict)


def current() -> Context:
    """Find the context of the application that serves this request."""
    return cast(Context, current_app.extensions[EXTENSION])
