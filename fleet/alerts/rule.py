"""An alert rule: its condition, how long it must hold, how bad that is, and for which devices it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from fleet.device import State
from fleet.errors import BadInput
from fleet.events import Severity
from fleet.families import Family, Kind, Storage, find
from fleet.identity import TenantId


class Test(StrEnum):
    """What a condition looks at.

    ``value``: a field, or its share of another one. ``baseline``: how far a field is from what is usual of the device
    at that hour of the week. ``rate``: how much a field changes in a second, measured over a span. ``changes``: how
    often a field became another value within a span. ``state``: what the device is. ``absent``: that nothing is
    heard, of the device or of one of its families. ``fact``: what the store knows of the device by itself, as how
    many of its backups are overdue; ``field`` names it.
    """

    __test__ = False
    VALUE = "value"
    RATE = "rate"
    CHANGES = "changes"
    STATE = "state"
    ABSENT = "absent"
    FACT = "fact"
    BASELINE = "baseline"


MEASURED = (Test.RATE, Test.CHANGES)
"""Tests of a span: every reading counts, not only those beyond the threshold."""


class Measure(StrEnum):
    """How it is measured how far a value is from what is usual: in spreads of it, or as a factor of its middle."""

    SPREADS = "spreads"
    FACTOR = "factor"


class Operator(StrEnum):
    """How a value is compared with the threshold."""

    ABOVE = "above"
    BELOW = "below"
    IS = "is"


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """When a rule's alert begins, and at which value it ends.

    ``share_of`` names the field that the value is divided by. ``clear`` is the threshold of the end: between the two
    an alert stays what it is. ``over_seconds`` is the span of a rate, or of changes. Without ``family`` an absence is
    the device's. What a baseline compares with its threshold is the distance from what is usual, by its ``measure``.
    """

    test: Test
    family: str = ""
    field: str = ""
    share_of: str = ""
    operator: Operator = Operator.ABOVE
    threshold: float = 0.0
    clear: float | None = None
    over_seconds: float = 0.0
    states: tuple[State, ...] = ()
    measure: Measure = Measure.SPREADS

    def breached(self, value: float) -> bool:
        """Tell whether a value begins an alert; of a baseline the value is a distance."""
        if self.test is Test.BASELINE:
            return value > self.threshold
        return _beyond(self.operator, value, self.threshold)

    def lasts(self, value: float) -> bool:
        """Tell whether a value lets an alert that stands go on."""
        if self.operator is Operator.IS or self.clear is None:
            return self.breached(value)
        if self.test is Test.BASELINE:
            return value > self.clear
        return _beyond(self.operator, value, self.clear)


class Reach(StrEnum):
    """For which devices a rule is, from the narrowest to the widest."""

    DEVICE = "device"
    GROUP = "group"
    SITE = "site"
    TAG = "tag"
    MODEL = "model"
    TENANT = "tenant"


NARROWEST: Sequence[Reach] = tuple(Reach)


@dataclass(frozen=True, slots=True)
class Scope:
    """The devices that a rule is for; ``of`` is the id of a device, a group or a site, a tag or a model."""

    reach: Reach = Reach.TENANT
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a tenant. Of several rules of one name the narrowest is a device's, even where it is disabled.

    ``hold`` is how long the condition must be met before the alert stands, ``keep`` how long it must not be before
    the alert is over. ``version`` grows with each change.
    """

    id: UUID
    tenant_id: TenantId
    name: str
    condition: Condition
    severity: Severity
    hold: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)
    scope: Scope = Scope()
    enabled: bool = True
    version: int = 1

    @property
    def reachable(self) -> bool:
        """Tell whether it is about the device being there at all: what a parent that is down explains."""
        return self.condition.test in (Test.STATE, Test.ABSENT)


def chosen(rules: Iterable[Rule], scopes: Mapping[Scope, object]) -> list[Rule]:
    """Pick a device's rules: of each name the narrowest whose scope is one of the device's; only what is enabled.

    Two that are equally narrow, as two tags, are told apart by what they are for, then by their ids.
    """
    best: dict[str, tuple[int, str, str, Rule]] = {}
    for rule in rules:
        if rule.scope in scopes:
            rank = NARROWEST.index(rule.scope.reach), rule.scope.of, str(rule.id), rule
            if rule.name not in best or rank[:3] < best[rule.name][:3]:
                best[rule.name] = rank
    return [best[name][3] for name in sorted(best) if best[name][3].enabled]


def checked(condition: Condition, families: Mapping[str, Family], facts: Collection[str] = ()) -> Condition:
    """Return a condition that can be judged; raises BadInput that says what it lacks. ``facts`` there are."""
    if condition.test is Test.FACT:
        return _of_fact(condition, facts)
    if condition.test is Test.STATE:
        if not condition.states:
            raise BadInput("A condition of the test `state` names states.", f"Choose of: {', '.join(State)}.")
        if State.STALE in condition.states:
            raise BadInput("No device tells that it is stale.", "Use the test `absent` for what is not heard of.")
        return condition
    if condition.test is Test.ABSENT:
        if condition.family:
            find(families, condition.family)
        return condition
    family = find(families, condition.family)
    for name in (condition.field, *([condition.share_of] if condition.share_of else [])):
        family.column(name)
    if condition.test is Test.BASELINE:
        return _compared(condition, family)
    _ordered(condition, family)
    if condition.test in MEASURED and not 60 <= condition.over_seconds <= 86_400:
        raise BadInput(f"The test `{condition.test}` looks at a span.", "Give over_seconds, from 60 to 86400.")
    return condition


def _of_fact(condition: Condition, facts: Collection[str]) -> Condition:
    if condition.field not in facts:
        raise BadInput(f"There is no fact {condition.field!r}.", f"Choose one of: {', '.join(sorted(facts))}.")
    _sided(condition)
    return condition


def _compared(condition: Condition, family: Family) -> Condition:
    """Return a baseline that can be judged."""
    field = family.field_of(condition.field)
    if condition.share_of or condition.operator is Operator.IS or field.kind is Kind.STATE:
        raise BadInput(
            "A baseline compares a number, above or below.", "Name a field that is no state, without share_of."
        )
    if field.kind is Kind.COUNTER and family.column(condition.field).storage is not Storage.DOUBLE:
        raise BadInput(f"{condition.field} only grows.", f"Compare {condition.field}_rate, where there is one.")
    least, clear = 1.0 if condition.measure is Measure.FACTOR else 0.0, condition.clear
    if condition.threshold <= least or (clear is not None and not least <= clear <= condition.threshold):
        raise BadInput(
            f"A distance in {condition.measure} is above {least:g}, and ends at no more than it begins at.",
            "Give a threshold such as 4 spreads, or a factor of 2, and let clear be at most that.",
        )
    return condition


def _ordered(condition: Condition, family: Family) -> None:
    """Refuse what cannot be compared as it is meant."""
    counted = condition.test is Test.CHANGES
    if family.field_of(condition.field).kind is Kind.STATE and condition.operator is not Operator.IS and not counted:
        raise BadInput(f"{condition.field} is a state.", "Compare it with `is`, and the place of its word from 0 on.")
    _sided(condition)


def _sided(condition: Condition) -> None:
    """Refuse a threshold of the end that lies beyond that of the begin."""
    clear, threshold = condition.clear, condition.threshold
    if clear is None or condition.operator is Operator.IS:
        return
    if clear > threshold if condition.operator is Operator.ABOVE else clear < threshold:
        raise BadInput(
            "The alert would end before it begins.",
            "Let clear lie on the good side of the threshold, or leave it out.",
        )


def _beyond(operator: Operator, value: float, limit: float) -> bool:
    if operator is Operator.ABOVE:
        return value > limit
    return value < limit if operator is Operator.BELOW else value == limit
