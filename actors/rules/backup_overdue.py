"""How many of its periods ago a device was last backed up whole; of one without a schedule nothing is said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import configpolicies
from db.alertfacts import Fact, Values
from db.backuptables import config_state
from db.tables import devices
from fleet.backups import Policy
from fleet.identity import DeviceId, TenantId


def periods(policy: Policy, last: datetime, now: datetime) -> float | None:
    """Tell how many periods have passed since the last backup, or since there was to be a first one."""
    return (now - last) / policy.every if policy.every else None


def read(session: Session, now: datetime) -> Values:
    """Look at every device with its own policy."""
    policies = configpolicies.read(session)
    last = func.coalesce(config_state.c.whole_at, devices.c.created_at)
    asked = select(devices.c.tenant_id, devices.c.id, last).outerjoin_from(
        devices, config_state, config_state.c.device_id == devices.c.id
    )
    found = {
        DeviceId(device): periods(policies.of(TenantId(tenant), DeviceId(device)), at, now)
        for tenant, device, at in session.execute(asked)
    }
    return {device: value for device, value in found.items() if value is not None}


fact = Fact("backup_overdue_periods", "Periods since the last whole backup", read)
