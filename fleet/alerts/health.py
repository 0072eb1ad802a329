"""What is known of a device once it told something. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleet.alerts.cause import Health
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent


def healthier(known: Health, event: DeviceStatusEvent | DeviceMetricsEvent) -> Health:
    """Tell what is known of a device once it told something."""
    if known.stored is not None:
        known = replace(known, stored=None) if event.at >= known.stored else _earlier(known, event.at)
    said = event if isinstance(event, DeviceStatusEvent) else event.outcome
    state = known.state if said is None else said.state
    if known.answered is not None and event.at < known.answered:
        return known
    if isinstance(event, DeviceStatusEvent) and (state is State.STALE or event.error_code is not None):
        # Whether it answered, tells what was measured at the same time; what we did not ask is no failure.
        return replace(known, state=state, failing=state is not State.STALE)
    if state in (State.DOWN, State.STALE):
        return replace(known, state=state)
    lost = known.failing or known.state is State.DOWN
    return replace(known, state=state, answered=event.at, failing=False, back=event.at if lost else known.back)


def _earlier(known: Health, at: datetime) -> Health:
    """Tell what is known of an instant before the last one that is stored: at most that it was well since before.

    Otherwise it may have been away until then, and what answers now is taken to be just back.
    """
    back = known.back if known.back is not None and known.back <= at else None
    return replace(known, state=None, answered=None, back=back, failing=back is None, stored=None)
