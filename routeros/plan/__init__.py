"""What leads from one configuration to another: steps with their inverses, their risks, and drift."""

from __future__ import annotations

from routeros.plan.operation import Operation, Row, Verb

__all__ = ["Operation", "Row", "Verb"]
