"""What is wanted of backups: the form that says it, for a tenant or for a device, and how it is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from dashboard import admin, units
from dashboard.door import Visit
from dashboard.forms import Field, Form
from fleet.backups import MOST_DAYS, MOST_KEPT, Policy

EVERY = (
    (timedelta(0), "not on a schedule"),
    (timedelta(minutes=15), "every 15 minutes"),
    (timedelta(hours=1), "every hour"),
    (timedelta(hours=6), "every 6 hours"),
    (timedelta(hours=12), "every 12 hours"),
    (timedelta(days=1), "every day"),
    (timedelta(days=7), "every week"),
    (timedelta(days=31), "every 31 days"),
)


def form(visit: Visit, title: str, path: str, wanted: Policy, behind: Policy) -> Form:
    """Make the form of a policy as it was written; what is left open is as in the policy behind it."""
    spans = dict(EVERY)
    if wanted.every is not None and wanted.every not in spans:
        spans[wanted.every] = f"every {units.span(wanted.every)}"
    scheduled = [(json.dumps(int(span.total_seconds())), word) for span, word in sorted(spans.items())]
    usual = told(behind)
    return Form(
        title=title,
        method="PUT",
        path=admin.rest(visit, path),
        fields=[
            _pick("every_seconds", "On a schedule", [("", f"as usual: {usual[0]}"), *scheduled], wanted.every),
            _pick(
                "on_change",
                "After a change on the device",
                [("", f"as usual: {usual[1]}"), ("true", "yes"), ("false", "no")],
                wanted.on_change,
                "Its history is read with each poll, and a backup is taken where somebody did something.",
            ),
            _count("keep_count", "Versions that are kept", wanted.keep_count, (behind.keep_count, MOST_KEPT)),
            _count("keep_days", "Days that they are kept", wanted.keep_days, (behind.keep_days, MOST_DAYS)),
        ],
        text="Pinned versions and the newest one are always kept.",
        done="It holds from now on.",
    )


def told(policy: Policy) -> tuple[str, str, str]:
    """Tell a policy in words: the schedule, whether after a change, and what is kept."""
    named = dict(EVERY)
    every = "–" if policy.every is None else named.get(policy.every, f"every {units.span(policy.every)}")
    change = {None: "–", True: "yes", False: "no"}[policy.on_change]
    kept = [
        f"{policy.keep_count} versions" if policy.keep_count is not None else "",
        f"{policy.keep_days} days" if policy.keep_days is not None else "",
    ]
    return every, change, ", ".join(part for part in kept if part) or "–"


def _pick(name: str, label: str, options: list[tuple[str, str]], value: Any, hint: str = "") -> Field:
    """Make a choice whose empty value leaves it open."""
    given = value.total_seconds() if isinstance(value, timedelta) else value
    chosen = "" if given is None else json.dumps(int(given) if isinstance(given, float) else given)
    return Field(name=name, label=label, kind="pick", options=options, value=chosen, hint=hint)


def _count(name: str, label: str, value: int | None, bounds: tuple[int | None, int]) -> Field:
    behind, most = bounds
    more = {"min": "1", "max": str(most), "step": "1", "placeholder": str(behind)}
    return Field(name=name, label=label, kind="number", value=value, half=True, more=more)
