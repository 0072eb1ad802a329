"""What leads from one configuration to another: steps with their inverses, their risks, and drift."""

from __future__ import annotations

from routeros.plan.desired import Plan, follow, plan
from routeros.plan.operation import Operation, Row, Verb

__all__ = ["Operation", "Plan", "Row", "Verb", "follow", "plan"]
