"""What the web was given at its start, and how a request finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import cast

from flask import current_app
from prometheus_client.registry import Collector

from api.asking import Asker, Questions
from api.probing import Probes
from api.tokens import Tokens
from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet.clock import Clock
from fleet.egress import Network
from fleet.families import Family
from fleet.settings import Settings

EXTENSION = "flotilla"

DOWNLOADS = 8
"""How many downloads may be under way in a process: each holds a thread for as long as its client reads."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one dependency answered when it was asked whether it works; without a ``vital`` one we cannot serve."""

    name: str
    ok: bool
    detail: str = ""
    vital: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """All that the web needs: ``checks`` are asked for readiness, ``collectors`` for ``/metrics``.

    ``own`` are the networks of our own machines, to which no tenant is connected.
    """

    settings: Settings
    stores: Stores
    families: Mapping[str, Family]
    clock: Clock
    limits: Limits
    vault: Vault
    checks: Mapping[str, Callable[[], Check]] = field(default_factory=dict)
    collectors: Sequence[Collector] = ()
    tokens: Tokens = field(default_factory=Tokens)
    downloads: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(DOWNLOADS))
    probes: Probes = field(default_factory=Probes)
    own: tuple[Network, ...] = ()
    questions: Asker = field(default_factory=Questions)


def current() -> Context:
    """Find the context of the application that serves this request."""
    return cast(Context, current_app.extensions[EXTENSION])
