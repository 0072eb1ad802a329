"""Alert rules: what counts as wrong, for how long, how bad that is, and for which devices."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import alertrules, groups, inventory, sites
from db.alertrules import RuleRow, Rules
from fleet import belonging
from fleet.alerts import rule as judged
from fleet.alerts.rule import Condition, Measure, Operator, Reach, Rule, Scope, Test
from fleet.device import State
from fleet.endpoints import BadField
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import Severity
from fleet.identity import DeviceId
from fleet.identity import Scope as Right

WEEK = 7 * 86_400

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", examples=["CPU busy"])]
Word = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_]*$")]
Number = Annotated[float, Field(ge=-1e18, le=1e18)]
Seconds = Annotated[float, Field(ge=0, le=WEEK)]


class AlertCondition(Given):
    """What begins an alert, and at which value it ends.

    `value` compares a field of a family, or its share of another. `rate` compares how much it changes in a second,
    measured over a span. `state` looks at the device's state. `absent`: nothing is heard, of the device or of the
    `family`, for as long as the rule's hold. `baseline` compares how far a field is from what is usual of the device
    at that hour of the week, `above` or `below` it.
    """

    test: Test
    family: Word = Field("", description="As in the catalogue of metrics.")
    field: Word = ""
    share_of: Word = Field("", description="The field that the value is divided by, as memory_total_bytes.")
    operator: Operator = Operator.ABOVE
    threshold: Number = 0.0
    clear: Number | None = Field(None, description="The threshold of the end; without it that of the begin.")
    over_seconds: float = Field(0.0, ge=0, le=86_400, description="The span of a rate.")
    states: list[State] = Field([], max_length=5)
    measure: Measure = Field(Measure.SPREADS, description="In what the threshold of a baseline is measured.")


class AlertReach(Given):
    """For which devices a rule is. Of one name the narrowest counts: device, group, site, tag, model, tenant."""

    reach: Reach = Reach.TENANT
    of: str = Field("", max_length=200, pattern=r"^[^\x00]*$", description="An id, a name, a tag or a model.")


BUSY = {"test": "value", "family": "resource", "field": "cpu_load_ratio", "threshold": 0.9, "clear": 0.8}


class NewAlertRule(Given):
    """A rule. Give it the name of another one, and a narrower scope, to have it otherwise there."""

    name: Name
    condition: AlertCondition = Field(examples=[BUSY])
    severity: Severity
    hold_seconds: Seconds = Field(0, description="How long the condition must be met before the alert stands.")
    keep_seconds: Seconds = Field(0, description="How long it must not be met before the alert is over.")
    scope: AlertReach = AlertReach()
    enabled: bool = Field(True, description="A rule that is off keeps wider ones of its name from its devices.")


class AlertRuleChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    name: Name | None = None
    condition: AlertCondition | None = Field(None, description="The whole condition, from now on.")
    severity: Severity | None = None
    hold_seconds: Seconds | None = None
    keep_seconds: Seconds | None = None
    scope: AlertReach | None = None
    enabled: bool | None = None


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
    given = asked.given
    rule = Rule(
        id=uuid4(),
        tenant_id=asked.principal.tenant_id,
        name=given.name,
        condition=_condition(asked, given.condition),
        severity=given.severity,
        hold=timedelta(seconds=given.hold_seconds),
        keep=timedelta(seconds=given.keep_seconds),
        scope=_scope(asked, given.scope),
        enabled=given.enabled,
    )
    return _answer(alertrules.one(asked.session, _writer(asked).add(rule)))


def change(asked: Asked[AlertRuleChange]) -> AlertRule:
    given, before = asked.given, alertrules.one(asked.session, asked.ids["rule_id"]).rule
    wanted = {
        "name": given.name,
        "condition": None if given.condition is None else _condition(asked, given.condition),
        "severity": given.severity,
        "hold": None if given.hold_seconds is None else timedelta(seconds=given.hold_seconds),
        "keep": None if given.keep_seconds is None else timedelta(seconds=given.keep_seconds),
        "scope": None if given.scope is None else _scope(asked, given.scope),
        "enabled": given.enabled,
    }
    changed: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    _writer(asked).change(replace(before, **changed))
    return _answer(alertrules.one(asked.session, before.id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a rule; what it raised is over."""
    _writer(asked).remove(asked.ids["rule_id"])


def _writer(asked: Asked[Any]) -> Rules:
    return Rules(asked.session, asked.author, asked.principal.tenant_id)


def _condition(asked: Asked[Any], given: AlertCondition) -> Condition:
    facts = given.model_dump()
    return judged.checked(Condition(**facts | {"states": tuple(given.states)}), asked.families)


def _scope(asked: Asked[Any], given: AlertReach) -> Scope:
    """Find what a rule is for; raises BadInput where there is no such thing."""
    if (given.reach is Reach.TENANT) is bool(given.of):
        raise BadInput("It is not said which devices the rule is for.", "Give `of`, but for a rule for all devices.")
    match given.reach:
        case Reach.DEVICE:
            return Scope(given.reach, str(inventory.one(asked.session, DeviceId(_id(given.of))).id))
        case Reach.SITE:
            return Scope(given.reach, str(sites.find(asked.session, given.of).id))
        case Reach.GROUP:
            return Scope(given.reach, str(groups.find(asked.session, given.of).id))
        case Reach.TAG:
            try:
                return Scope(given.reach, belonging.tag(given.of))
            except BadField as error:
                raise BadInput("That is no tag.", error.next_step) from error
    return Scope(given.reach, given.of)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadInput("That is no id of a device.", "List the tenant's devices for their ids.") from error


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
