"""The form of an alert rule: the measurement from the families' catalogue, thresholds in its unit, whom it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors import facts as judgeable
from dashboard import admin, alertparts
from dashboard.door import Visit
from dashboard.forms import Field, Form
from db.alertrules import RuleRow
from fleet.alerts.rule import Condition, Operator, Reach, Test
from fleet.alerts.rule import Measure as Distance
from fleet.device import State
from fleet.families import Column, Family, Kind
from fleet.identity import Scope

Families = Mapping[str, Family]

TESTS = (
    (Test.VALUE.value, "a measurement is too high or too low"),
    (Test.RATE.value, "a measurement changes fast"),
    (Test.CHANGES.value, "a measurement changes often"),
    (Test.BASELINE.value, "a measurement is not as it usually is at that hour of the week"),
    (Test.STATE.value, "the device is in a state"),
    (Test.ABSENT.value, "nothing is heard"),
    (Test.FACT.value, "something is known of the device that it does not tell"),
)
REACHES = (
    (Reach.TENANT.value, "all devices"),
    (Reach.GROUP.value, "a group"),
    (Reach.SITE.value, "a site's devices"),
    (Reach.TAG.value, "the devices with a tag"),
    (Reach.MODEL.value, "a model"),
    (Reach.DEVICE.value, "one device"),
)
OPERATORS = ((Operator.ABOVE.value, "above"), (Operator.BELOW.value, "below"), (Operator.IS.value, "exactly"))
MEASURES = ((Distance.SPREADS.value, "spreads of what is usual"), (Distance.FACTOR.value, "times what is usual"))
STATES = [(one.value, one.value.capitalize()) for one in State if one is not State.STALE]
ANY = {"step": "any"}


@dataclass(frozen=True, slots=True)
class Size:
    """In which unit people write a threshold of stored values with a unit: its symbol, and how many of the latter."""

    symbol: str
    factor: float = 0.0


PLAIN = Size("")
SIZES = {
    "ratio": Size("%", 0.01),
    "bytes": Size("MiB", 1024.0 * 1024.0),
    "bytes/s": Size("Mbit/s", 125_000.0),
    "bits/s": Size("Mbit/s", 1_000_000.0),
    "Hz": Size("MHz", 1_000_000.0),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A measurement that a rule may compare: as the form sends it, its name, its unit, its words if it is a state."""

    sent: str
    name: str
    unit: str
    states: tuple[str, ...] = ()


def sent(condition: Condition) -> str:
    """Write which measurement a condition compares, as the form sends it."""
    return _sent(condition.family, condition.field, condition.share_of)


def measures(families: Families) -> Iterator[Measure]:
    """Yield all measurements of a catalogue: columns, and what is free as a share of the whole."""
    for family in families.values():
        for column in family.columns:
            field = family.field_of(column.name)
            if field.kind is Kind.COUNTER and column.name != f"{field.stem}_rate":
                continue
            told = f"{family.title}: {field.title}"
            yield Measure(_sent(family.name, column.name), f"{told}{_beside(column)}", column.unit, field.states)
            whole = column.name.replace("_free_", "_total_")
            if whole != column.name and whole in family.names:
                yield Measure(_sent(family.name, column.name, whole), f"{told}, share of the whole (%)", "ratio")


def form(visit: Visit, *, title: str, method: str, path: str) -> Form:
    """Make the form of a rule; a row's facts fill it where it is one of a row."""
    changes = method == "PATCH"
    return Form(
        title=title,
        method=method,
        path=admin.rest(visit, path),
        load=admin.rest(visit, path) if changes else "",
        whole=changes,
        trial=admin.rest(visit, "alert-rules/test") if visit.principal.may(Scope.METRICS_READ) else "",
        fixed={"scope": {"reach": "{{reach}}", "of": "{{of}}"}} if changes else {},
        submit="Save" if changes else "Add the rule",
        text="" if changes else "Of the rules of one name the narrowest counts for a device, even where it is off.",
        done="The rule counts within 20 seconds.",
        fields=[*_first(), *_judged(visit.data.families), *_lasting(), *([] if changes else _reach(visit))],
    )


def facts(row: RuleRow) -> dict[str, object]:
    """Tell what a row says of its rule, for the form that the rows share."""
    rule, condition = row.rule, row.rule.condition
    return {
        "id": rule.id,
        "name": rule.name,
        "reach": rule.scope.reach.value,
        "of": rule.scope.of,
        "severity": rule.severity.value,
        "test": condition.test.value,
        "measure": sent(condition) if condition.family and condition.field else "",
        "fact": condition.field if condition.test is Test.FACT else "",
        "family": condition.family,
        "operator": condition.operator.value,
        "much": condition.measure.value,
        "threshold": f"{condition.threshold:.12g}",
        "clear": "" if condition.clear is None else f"{condition.clear:.12g}",
        "over": f"{condition.over_seconds or 600:g}",
        "states": " ".join(condition.states),
        "hold": f"{rule.hold.total_seconds():g}",
        "keep": f"{rule.keep.total_seconds():g}",
    }


BLANK = {
    "severity": "warning",
    "test": "value",
    "operator": "above",
    "much": "spreads",
    "over": "600",
    "hold": "300",
    "keep": "0",
}
"""What a form for a new rule begins with."""


def _sent(family: str, field: str, share_of: str = "") -> str:
    return json.dumps({"family": family, "field": field, "share_of": share_of}, separators=(",", ":"))


def _beside(column: Column) -> str:
    symbol = SIZES.get(column.unit, Size(column.unit)).symbol
    return f" ({symbol})" if symbol else ""


def _first() -> list[Field]:
    severities = [(one.value, word) for one, (_, word, _) in alertparts.SIGNS.items()]
    return [
        Field(name="name", label="Name", required=True, value="{{name}}", half=True, more={"maxlength": "120"}),
        Field(name="severity", label="Severity", kind="select", options=severities, value="{{severity}}", half=True),
        Field(name="condition.test", label="It begins when", kind="select", options=TESTS, value="{{test}}"),
    ]


def _judged(families: Families) -> list[Field]:
    """Ask what is compared, and with what: each size of value has thresholds in its own unit."""
    every = list(measures(families))
    stated = [one.sent for one in every if one.states]
    counted = {"condition.test": [Test.VALUE.value, Test.RATE.value]}
    measured = {"condition.test": [*counted["condition.test"], Test.CHANGES.value, Test.BASELINE.value]}
    simple = {"condition.test": [Test.CHANGES.value, Test.FACT.value]}
    unusual = {"condition.test": [Test.BASELINE.value]}
    known = [(one.name, one.title) for one in judgeable.facts()]
    listed = [("", "the device"), *((one.name, one.title) for one in families.values())]
    compared: dict[str, Any] = {"name": "condition.operator", "label": "Compared", "kind": "select", "half": True}
    unstated = counted | {"condition": [one.sent for one in every if not one.states]}
    return [
        Field(name="condition", label="Measurement", kind="pick", options=[(one.sent, one.name) for one in every],
              value="{{measure}}", when=measured),
        Field(name="condition.field", label="What is known", kind="select", options=known, value="{{fact}}",
              when={"condition.test": [Test.FACT.value]}),
        Field(**compared, options=OPERATORS, value="{{operator}}", when=unstated),
        Field(**compared, options=OPERATORS, value="{{operator}}", when=simple),
        Field(**compared, options=[("is", "in the state")], value="is", when=counted | {"condition": stated}),
        *(_words(one) for one in every if one.states),
        *(field for size in dict.fromkeys(map(_size, every)) for field in _thresholds(size, every)),
        *_limits(PLAIN, simple, ""),
        Field(**compared, options=OPERATORS[:2], value="{{operator}}", when=unusual),
        Field(name="condition.measure", label="Measured in", kind="select", options=MEASURES, value="{{much}}",
              half=True, when=unusual),
        *_limits(PLAIN, unusual, ""),
        *_rated(),
        Field(name="condition.states", label="States", kind="checks", options=STATES, value="{{states}}",
              required=True, when={"condition.test": [Test.STATE.value]}),
        Field(name="condition.family", label="Of", kind="select", options=listed, value="{{family}}",
              when={"condition.test": [Test.ABSENT.value]}),
    ]  # fmt: skip


def _size(measure: Measure) -> Size:
    return SIZES.get(measure.unit, PLAIN)


def _words(measure: Measure) -> Field:
    options = [(str(place), word) for place, word in enumerate(measure.states)]
    when = {"condition.test": [Test.VALUE.value], "condition": [measure.sent]}
    return Field(name="condition.threshold", label="State", kind="pick", options=options, value="{{threshold}}",
                 half=True, when=when)  # fmt: skip


def _thresholds(size: Size, every: Sequence[Measure]) -> list[Field]:
    mine = [one.sent for one in every if _size(one) == size and not one.states]
    when = {"condition.test": [Test.VALUE.value], "condition": mine}
    return _limits(size, when, "In the unit beside the measurement." if size is PLAIN else "")


def _rated() -> list[Field]:
    """Ask for the limits of a change, which people write per minute, and for its span."""
    when = {"condition.test": [Test.RATE.value]}
    spanned = {"condition.test": [Test.RATE.value, Test.CHANGES.value]}
    hint = "In base units (bytes, a share from 0 to 1); below −2 is a fall by more than 2 a minute."
    over = Field(
        name="condition.over_seconds", label="Measured over (minutes)", kind="number", factor=60.0, required=True,
        value="{{over}}", when=spanned, half=True, more={"min": "1", "max": "1440", "step": "any"},
    )  # fmt: skip
    return [*_limits(Size("per minute", 1 / 60), when, hint), over]


def _limits(size: Size, when: Mapping[str, Sequence[str]], hint: str) -> list[Field]:
    told: dict[str, Any] = {"kind": "number", "factor": size.factor, "when": when, "half": True, "more": ANY}
    beside = f" ({size.symbol})" if size.symbol else ""
    return [
        Field(name="condition.threshold", label=f"Threshold{beside}", required=True, value="{{threshold}}", hint=hint,
              **told),
        Field(name="condition.clear", label=f"Over again at{beside}", value="{{clear}}",
              hint="Left out: as soon as it is not met.", **told),
    ]  # fmt: skip


def _lasting() -> list[Field]:
    told: dict[str, Any] = {"kind": "number", "factor": 60.0, "half": True, "required": True}
    more = {"min": "0", "max": "10080", "step": "any"}
    return [
        Field(name="hold_seconds", label="It must last (minutes)", value="{{hold}}", more=more, **told),
        Field(name="keep_seconds", label="It must be well for (minutes)", value="{{keep}}", more=more, **told),
    ]


def _reach(visit: Visit) -> list[Field]:
    roster = visit.data.listed(visit.principal)
    rows = [entry.row for entry in roster.entries]
    sites, tags, models = ({row.site for row in rows}, {tag for row in rows for tag in row.tags},
                           {row.model for row in rows})  # fmt: skip
    groups = [group.name for group in roster.named]
    told: dict[str, Any] = {"name": "scope.of", "required": True}
    named = ((Reach.GROUP, "Group", groups), (Reach.SITE, "Site", sites), (Reach.TAG, "Tag", tags),
             (Reach.MODEL, "Model", models))  # fmt: skip
    return [
        Field(name="scope.reach", label="It is for", kind="select", options=REACHES, value=Reach.TENANT.value),
        *(
            Field(label=word, suggest=sorted(filter(None, known)), when={"scope.reach": [reach.value]}, **told)
            for reach, word, known in named
        ),
        Field(label="Device", kind="device", when={"scope.reach": [Reach.DEVICE.value]},
              more={"data-devices": admin.rest(visit, "devices")}, **told),
    ]  # fmt: skip
