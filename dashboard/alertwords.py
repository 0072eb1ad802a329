"""Rules and alerts in words: conditions with their units, values, whom a rule is for, and where a chart is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from actors.facts import facts
from dashboard import tab, units
from dashboard.roster import Roster
from dashboard.state import exact
from dashboard.units import Unit
from db.alerts import AlertRow
from fleet.alerts.rule import Condition, Measure, Operator, Reach, Rule, Test
from fleet.errors import BadInput
from fleet.families import Family, Kind

Families = Mapping[str, Family]

AROUND = timedelta(minutes=30)
"""How much of a chart is shown before an alert, and after its beginning or its end."""

LATELY = timedelta(minutes=50)
"""What began within so long is seen in the last hour."""

LONGEST = timedelta(days=7)
COMPARED = {Operator.ABOVE: "above", Operator.BELOW: "below", Operator.IS: "is"}
COUNTED = {Operator.ABOVE: "more than", Operator.BELOW: "fewer than", Operator.IS: "exactly"}
COUNTS = (Test.CHANGES, Test.FACT, Test.BASELINE)
"""Tests whose values are numbers of their own, whatever they are read from."""


def measure(families: Families, family: str, column: str) -> str:
    """Name a column of a family: CPU load; Receive errors (a rate has the name of what is counted)."""
    try:
        field = families[family].field_of(column)
    except (KeyError, BadInput):
        return f"{family} {column}".replace("_", " ")
    if field.kind is not Kind.COUNTER or column.endswith("_rate"):
        return field.title
    return f"{field.title} since the last poll" if column.endswith("_increase") else f"{field.title}, counted"


def unit(families: Families, condition: Condition) -> Unit:
    """Tell the unit in which a condition's values are shown; that of a rate is per minute."""
    if condition.test in COUNTS:
        return units.COUNT
    try:
        told = "ratio" if condition.share_of else families[condition.family].column(condition.field).unit
    except (KeyError, BadInput):
        told = ""
    if condition.test is not Test.RATE:
        return units.of(told)
    known = units.of(told)
    return Unit(f"{known.symbol}/min", known.factor * 60, known.prefixes, known.base)


def value(families: Families, condition: Condition, given: float | None) -> str:
    """Write a value as a condition compares it: 92 %, no link, −3 clients/min."""
    if given is None or condition.test in (Test.STATE, Test.ABSENT):
        return units.NOTHING
    words = states(families, condition)
    if words and given == int(given) and 0 <= given < len(words):
        return words[int(given)]
    return unit(families, condition).text(given)


def states(families: Families, condition: Condition) -> tuple[str, ...]:
    """Tell the words of what a condition compares, where it is a state."""
    if condition.test in COUNTS:
        return ()
    try:
        return families[condition.family].field_of(condition.field).states
    except (KeyError, BadInput):
        return ()


def compared(families: Families, condition: Condition) -> str:
    """Write what a condition looks for: CPU load above 90 %."""
    if condition.test is Test.STATE:
        return f"The device is {' or '.join(condition.states)}"
    if condition.test is Test.ABSENT:
        family = families.get(condition.family)
        return f"Nothing is heard of {family.title.lower() if family else 'the device'}"
    if condition.test is Test.FACT:
        return _fact(families, condition)
    what = measure(families, condition.family, condition.field)
    if condition.test is Test.CHANGES:
        times = f"{COUNTED[condition.operator]} {value(families, condition, condition.threshold)} times"
        return f"{what} changes {times} within {units.span(condition.over_seconds)}"
    limit = f"{COMPARED[condition.operator]} {value(families, condition, condition.threshold)}"
    if condition.test is Test.BASELINE:
        much = "times" if condition.measure is Measure.FACTOR else "spreads"
        away = f"{value(families, condition, condition.threshold)} {much} {COMPARED[condition.operator]}"
        return f"{what} more than {away} what is usual at that hour of the week"
    if condition.share_of:
        limit += f" of {measure(families, condition.family, condition.share_of).lower()}"
    if condition.test is Test.RATE:
        return f"The change of {what[:1].lower()}{what[1:]} {limit} within {units.span(condition.over_seconds)}"
    return f"{what} {limit}"


def _fact(families: Families, condition: Condition) -> str:
    known = next((one for one in facts() if one.name == condition.field), None)
    if known is not None and known.sentence and condition.operator is Operator.ABOVE and 0 <= condition.threshold < 1:
        return known.sentence
    limit = f"{COMPARED[condition.operator]} {value(families, condition, condition.threshold)}"
    return f"{known.title if known is not None else condition.field} {limit}"


def ending(families: Families, rule: Rule) -> str:
    """Write when an alert of a rule is over, where that is not simply when it is met no more."""
    condition, parts = rule.condition, []
    if condition.clear is not None and condition.test not in (Test.STATE, Test.ABSENT):
        side = "below" if condition.operator is Operator.ABOVE else "above"
        parts.append(f"{side} {value(families, condition, condition.clear)}")
    if rule.keep:
        parts.append(f"for {units.span(rule.keep)}")
    return " ".join(parts)


def reach(rule: Rule, roster: Roster, groups: Mapping[str, str]) -> str:
    """Write for which devices a rule is; ``groups`` are names by id."""
    of, rows = rule.scope.of, (entry.row for entry in roster.entries)
    match rule.scope.reach:
        case Reach.TENANT:
            return "all devices"
        case Reach.DEVICE:
            return next((row.name for row in rows if str(row.id) == of), "a device that is gone")
        case Reach.SITE:
            return f"site {next((row.site for row in rows if str(row.site_id) == of), None) or of[:8]}"
        case Reach.GROUP:
            return f"group {groups.get(of, of[:8])}"
    return f"{rule.scope.reach.value} {of}"


def chart(alert: AlertRow, rule: Rule | None, now: datetime) -> str:
    """Write where a device's charts show the time of an alert, behind the device's address."""
    words = {"at": exact(alert.since)}
    family = rule.condition.family if rule else ""
    where = [one.name for one in tab.every() if any(panel.family == family for panel in one.panels)]
    if now - alert.since > LATELY:
        end = min((alert.ended_at or alert.since) + AROUND, alert.since + LONGEST, now)
        words |= {"from": exact(alert.since - AROUND), "to": exact(end)}
    if family == "interfaces":
        words["if"] = alert.key
    return f"device/{alert.device_id}{f'/{where[-1]}' if where else ''}?{urlencode(words)}"
