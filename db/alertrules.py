"""The alert rules of a tenant: read, written by people, and given to a tenant that begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from db import operations
from db.alerttables import alert_rules as table
from db.operations import Author
from db.rules import refusing
from fleet.alerts.defaults import BY, DEFAULTS
from fleet.alerts.rule import Condition, Reach, Rule, Scope
from fleet.errors import BadInput, NotFound
from fleet.events import Severity
from fleet.identity import TenantId

MOST = 1000
"""Rules of a tenant."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, and who changed it last; ``changed_at`` is None for one that a tenant began with."""

    rule: Rule
    changed_by: str
    changed_at: datetime | None


def every(session: Session) -> list[RuleRow]:
    """Read the tenant's rules by name, of one name the widest first."""
    return sorted(map(_row, session.execute(select(table))), key=_place)


def one(session: Session, rule_id: UUID) -> RuleRow:
    """Read one rule; raises NotFound where the tenant has none of that id."""
    row = session.execute(select(table).where(table.c.id == rule_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no alert rule {rule_id}.", "List the tenant's rules for their ids.")
    return _row(row)


def begin(session: Session, tenant_id: TenantId) -> None:
    """Give a new tenant its first rules; the session is the platform's."""
    facts = [
        _facts(Rule(id=uuid4(), tenant_id=tenant_id, name=given.name, condition=given.condition,
                    severity=given.severity, hold=given.hold, keep=given.keep, enabled=given.enabled))
        | {"changed_by": BY, "changed_at": None}
        for given in DEFAULTS
    ]  # fmt: skip
    session.execute(insert(table), facts)


@dataclass(frozen=True, slots=True)
class Rules:
    """Writes a tenant's rules in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, rule: Rule) -> UUID:
        """Add a rule; raises Conflict where there is one of that name for the same devices, BadInput for too many."""
        if len(every(self.session)) >= MOST:
            raise BadInput(f"A tenant has at most {MOST} alert rules.", "Remove one that is not needed.")
        with refusing(self.session):
            self.session.execute(insert(table).values(_facts(rule) | self._signed()))
        self._tell("alert_rule.created", rule)
        return rule.id

    def change(self, rule: Rule) -> None:
        """Store a rule as it is to be, as its next version. Raises NotFound, Conflict."""
        before = one(self.session, rule.id).rule
        if replace(rule, version=before.version) == before:
            return
        wanted = replace(rule, version=before.version + 1)
        facts = _facts(wanted) | self._signed()
        del facts["id"], facts["tenant_id"]
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(rule.id)).values(facts))
        self._tell("alert_rule.updated", wanted)

    def remove(self, rule_id: UUID) -> None:
        """Remove a rule; what it raised is over at the next look. Raises NotFound."""
        gone = one(self.session, rule_id).rule
        self.session.execute(delete(table).where(*self._same(rule_id)))
        self._tell("alert_rule.deleted", gone)

    def _same(self, rule_id: UUID) -> tuple[Any, ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == rule_id)

    def _signed(self) -> dict[str, object]:
        return {"changed_by": self.author.by, "changed_at": self.author.at}

    def _tell(self, kind: str, rule: Rule) -> None:
        detail = {"name": rule.name, "rule_id": str(rule.id), "fields": []}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "tenant_id": rule.tenant_id,
        "name": rule.name,
        "condition": written(rule.condition),
        "severity": rule.severity.value,
        "hold_seconds": rule.hold.total_seconds(),
        "keep_seconds": rule.keep.total_seconds(),
        "reach": rule.scope.reach.value,
        "reach_of": rule.scope.of,
        "enabled": rule.enabled,
        "version": rule.version,
    }


def written(condition: Condition) -> Mapping[str, Any]:
    """Write a condition as it is stored."""
    made: Mapping[str, Any] = msgspec.to_builtins(condition)
    return made


def _row(row: Any) -> RuleRow:
    rule = Rule(
        id=row.id,
        tenant_id=TenantId(row.tenant_id),
        name=row.name,
        condition=msgspec.convert(row.condition, Condition),
        severity=Severity(row.severity),
        hold=timedelta(seconds=row.hold_seconds),
        keep=timedelta(seconds=row.keep_seconds),
        scope=Scope(Reach(row.reach), row.reach_of),
        enabled=row.enabled,
        version=row.version,
    )
    return RuleRow(rule, row.changed_by, row.changed_at)


def _place(row: RuleRow) -> tuple[str, int, str]:
    return row.rule.name, -[*Reach].index(row.rule.scope.reach), row.rule.scope.of
