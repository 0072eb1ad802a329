"""Alert rules: what counts as wrong, for how long, how bad that is, and for which devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.alertwishes import AlertRuleChange, NewAlertRule, Reader
from api.resource import TENANT, Answer, Asked, Nothing, Resource, Route
from db import alertrules
from db.alertrules import RuleRow, Rules
from fleet.alerts.rule import Measure, Operator, Reach, Test
from fleet.device import State
from fleet.errors import Conflict, NotFound
from fleet.events import Severity
from fleet.identity import Scope as Right


class AlertRuleCondition(Answer):
    """What begins an alert, and at which value it ends."""

    test: Test
    family: str
    field: str
    share_of: str
    operator: Operator
    threshold: float
    clear: float | None
    over_seconds: float
    states: list[State]
    measure: Measure


class AlertRuleScope(Answer):
    """For which devices a rule is."""

    reach: Reach
    of: str = Field(description="The id of a device, a group or a site, a tag, or a model.")


class AlertRule(Answer):
    """A rule, and who changed it last."""

    id: UUID
    name: str
    condition: AlertRuleCondition
    severity: Severity
    hold_seconds: float
    keep_seconds: float
    scope: AlertRuleScope
    enabled: bool
    version: int = Field(description="Grows with each change.")
    changed_by: str
    changed_at: datetime | None = Field(description="Null for a rule that the tenant began with.")


class AlertRuleList(Answer):
    """The rules of the tenant by name, of one name the widest first."""

    items: list[AlertRule]


def every(asked: Asked[Nothing]) -> AlertRuleList:
    return AlertRuleList(items=[_answer(row) for row in alertrules.every(asked.session)])


def one(asked: Asked[Nothing]) -> AlertRule:
    return _answer(alertrules.one(asked.session, asked.ids["rule_id"]))


def create(asked: Asked[NewAlertRule]) -> AlertRule:
    rule = reader(asked).made(asked.given)
    return _answer(alertrules.one(asked.session, _writer(asked).add(rule)))


def change(asked: Asked[AlertRuleChange]) -> AlertRule:
    before = alertrules.one(asked.session, asked.ids["rule_id"]).rule
    _writer(asked).change(reader(asked).changed(before, asked.given))
    return _answer(alertrules.one(asked.session, before.id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a rule; what it raised is over."""
    _writer(asked).remove(asked.ids["rule_id"])


def _writer(asked: Asked[Any]) -> Rules:
    return Rules(asked.session, asked.author, asked.principal.tenant_id)


def reader(asked: Asked[Any]) -> Reader:
    """Make what reads a rule of the tenant."""
    return Reader(asked.session, asked.families, asked.principal.tenant_id)


def _answer(row: RuleRow) -> AlertRule:
    rule, condition = row.rule, row.rule.condition
    facts = {name: getattr(condition, name) for name in AlertRuleCondition.model_fields}
    return AlertRule(
        id=rule.id,
        name=rule.name,
        condition=AlertRuleCondition(**facts | {"states": list(condition.states)}),
        severity=rule.severity,
        hold_seconds=rule.hold.total_seconds(),
        keep_seconds=rule.keep.total_seconds(),
        scope=AlertRuleScope(reach=rule.scope.reach, of=rule.scope.of),
        enabled=rule.enabled,
        version=rule.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


PLACE = f"{TENANT}/alert-rules"
ONE = f"{PLACE}/{{rule_id}}"

resource = Resource(
    name="alertrules",
    about="What counts as wrong.",
    routes=(
        Route(
            path=PLACE,
            summary="The alert rules by name",
            takes=Nothing,
            answer=AlertRuleList,
            scope=Right.ALERTS_READ,
            handler=every,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Add an alert rule",
            takes=NewAlertRule,
            answer=AlertRule,
            makes=f"{PLACE}/{{id}}",
            scope=Right.ALERTS_WRITE,
            raises=(Conflict, NotFound),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One alert rule",
            takes=Nothing,
            answer=AlertRule,
            scope=Right.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Change an alert rule",
            takes=AlertRuleChange,
            answer=AlertRule,
            scope=Right.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove an alert rule; what it raised is over",
            takes=Nothing,
            answer=None,
            scope=Right.ALERTS_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
