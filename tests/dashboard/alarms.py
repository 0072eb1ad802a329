"""Alerts for tests of the dashboard: raised by the rules that a tenant begins with, as the alerter stores them."""

from __future__ import annotations

from typing import Any

from bus import subjects
from db import alertrules, alertwork
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.rule import Rule
from fleet.device import Device
from tests.dashboard.seats import Screen, ago
from tests.fixtures.database import Tenant
from tests.fixtures.web import NOW


def rule(screen: Screen, tenant: Tenant, name: str) -> Rule:
    """Give one of the rules that the tenant begins with."""
    with tenant_session(screen.web.context.stores, tenant.principal) as session:
        return next(row.rule for row in alertrules.every(session) if row.rule.name == name)


def strike(screen: Screen, device: Device, made: Rule, *, over: bool = False, **facts: Any) -> str:
    """Raise an alert, or one that a ``cause`` explains; one that is ``over`` has ended now. Gives its id."""
    told: dict[str, Any] = {"key": "", "since": ago(minutes=20), "turns": 1, **facts}
    acts = [Act.BEGIN, Act.SUPPRESS if facts.get("cause") else Act.FIRE, *([Act.RESOLVE] if over else [])]
    whose: dict[str, Any] = {"rule": made, "device_id": device.id, "device": device.name}
    deeds = [
        Deed(act=act, at=NOW if act is Act.RESOLVE else told["since"], seen=NOW, **whose, **told) for act in acts
    ]
    with platform_session(screen.web.context.stores, "alerts of a test") as session:
        alertwork.do(session, deeds, subjects.of, NOW)
    return str(deeds[0].alert_id)
