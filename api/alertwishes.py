"""An alert rule as somebody writes it, in a request or at the command line, and the rule that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from sqlalchemy.orm import Session

from actors.facts import facts as every
from api.resource import Given
from db import groups, inventory, sites
from fleet import belonging
from fleet.alerts import rule as judged
from fleet.alerts.rule import Condition, Measure, Operator, Reach, Rule, Scope, Test
from fleet.device import State
from fleet.endpoints import BadField
from fleet.errors import BadInput
from fleet.events import Severity
from fleet.families import Family
from fleet.identity import DeviceId, TenantId

WEEK = 7 * 86_400

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", examples=["CPU busy"])]
Word = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_]*$")]
Number = Annotated[float, Field(ge=-1e18, le=1e18)]
Seconds = Annotated[float, Field(ge=0, le=WEEK)]


class AlertCondition(Given):
    """What begins an alert, and at which value it ends.

    `value` compares a field of a family, or its share of another. `rate` compares how much it changes in a second,
    measured over a span, `changes` how often it became another value within a span. `state` looks at the device's
    state. `absent`: nothing is heard, of the device or of the `family`, for as long as the rule's hold. `fact`: what
    is known of the device without being told by it; `field` names it. `baseline` compares how far a field is from
    what is usual of the device at that hour of the week, `above` or `below` it.
    """

    test: Test
    family: Word = Field("", description="As in the catalogue of metrics.")
    field: Word = ""
    share_of: Word = Field("", description="The field that the value is divided by, as memory_total_bytes.")
    operator: Operator = Operator.ABOVE
    threshold: Number = 0.0
    clear: Number | None = Field(None, description="The threshold of the end; without it that of the begin.")
    over_seconds: float = Field(0.0, ge=0, le=86_400, description="The span of a rate, or of changes.")
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rules for a tenant: raises BadInput for what cannot be judged, NotFound for a scope that there is not."""

    session: Session
    families: Mapping[str, Family]
    tenant_id: TenantId

    def made(self, given: NewAlertRule) -> Rule:
        """Make the rule that is described."""
        return Rule(
            id=uuid4(),
            tenant_id=self.tenant_id,
            name=given.name,
            condition=self._condition(given.condition),
            severity=given.severity,
            hold=timedelta(seconds=given.hold_seconds),
            keep=timedelta(seconds=given.keep_seconds),
            scope=self._scope(given.scope),
            enabled=given.enabled,
        )

    def changed(self, before: Rule, given: AlertRuleChange) -> Rule:
        """Tell a rule as it is to be."""
        wanted = {
            "name": given.name,
            "condition": None if given.condition is None else self._condition(given.condition),
            "severity": given.severity,
            "hold": None if given.hold_seconds is None else timedelta(seconds=given.hold_seconds),
            "keep": None if given.keep_seconds is None else timedelta(seconds=given.keep_seconds),
            "scope": None if given.scope is None else self._scope(given.scope),
            "enabled": given.enabled,
        }
        said: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        return replace(before, **said)

    def _condition(self, given: AlertCondition) -> Condition:
        facts = given.model_dump()
        known = {fact.name for fact in every()}
        return judged.checked(Condition(**facts | {"states": tuple(given.states)}), self.families, known)

    def _scope(self, given: AlertReach) -> Scope:
        """Find what a rule is for; raises BadInput where there is no such thing."""
        if (given.reach is Reach.TENANT) is bool(given.of):
            raise BadInput(
                "It is not said which devices the rule is for.", "Give `of`, but for a rule for all devices."
            )
        match given.reach:
            case Reach.DEVICE:
                return Scope(given.reach, str(inventory.one(self.session, DeviceId(_id(given.of))).id))
            case Reach.SITE:
                return Scope(given.reach, str(sites.find(self.session, given.of).id))
            case Reach.GROUP:
                return Scope(given.reach, str(groups.find(self.session, given.of).id))
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
