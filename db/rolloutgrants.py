"""Who may do what with rollouts: a tenant plans and steers, the platform decides, owners of devices write."""

from __future__ import annotations

from db.grant import APP, PLATFORM, POLLER, Grant

_STEERED = (*("state", "approved_by", "approved_at", "started_by", "started_at", "forgiven_at", "ended_at", "why"),)
_DECIDED = ("state", "ended_at", "why", "epoch", "claimed_until", "told", "foreseen")
_DEVICE = ("live", "stage", "step", "errand_id", "hop", "since", "ended_at", "reason", "verdict", "attempt")

REASONS = {"firmware_stop": "one row that stops the rollouts of all tenants, and says to each of them why"}

GRANTS = (
    *(Grant(APP, "rollouts", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "rollouts", "UPDATE", _STEERED),
    Grant(PLATFORM, "rollouts", "SELECT"),
    Grant(PLATFORM, "rollouts", "UPDATE", _DECIDED),
    Grant(PLATFORM, "rollouts", "DELETE"),
    Grant(POLLER, "rollouts", "SELECT"),
    *(Grant(APP, "rollout_devices", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "rollout_devices", "UPDATE", _DEVICE),
    Grant(PLATFORM, "rollout_devices", "SELECT"),
    Grant(PLATFORM, "rollout_devices", "UPDATE", _DEVICE),
    Grant(POLLER, "rollout_devices", "SELECT"),
    Grant(POLLER, "rollout_devices", "UPDATE", (*_DEVICE, "before", "epoch", "entries")),
    *(Grant(role, "rollout_journal", "SELECT") for role in (APP, PLATFORM, POLLER)),
    Grant(POLLER, "rollout_journal", "INSERT"),
    *(Grant(APP, "firmware_settings", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "firmware_settings", "UPDATE", ("second_person", "stopped_by", "stopped_at", "stop_reason")),
    *(Grant(role, "firmware_settings", "SELECT") for role in (PLATFORM, POLLER)),
    *(Grant(role, "firmware_stop", "SELECT") for role in (APP, PLATFORM, POLLER)),
    Grant(PLATFORM, "firmware_stop", "INSERT"),
    Grant(PLATFORM, "firmware_stop", "UPDATE", ("stopped_by", "stopped_at", "reason")),
    Grant(POLLER, "firmware_files", "SELECT"),
)
