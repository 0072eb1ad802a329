"""A rule's condition as people write it in a line: ``resource.cpu_load_ratio > 0.9``. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from api import times
from fleet.alerts.rule import Condition, Measure, Operator, Test
from fleet.device import State
from fleet.errors import BadInput

EXAMPLES: Final = (
    "Write `resource.cpu_load_ratio > 0.9`, `resource.disk_free_bytes / disk_total_bytes < 0.1`, "
    "`rate of wireless.clients < -0.03 over 10m`, "
    "`changes of interfaces.link > 5 over 10m`, `unusual resource.cpu_load_ratio > 4` (spreads; `> 3x`: a factor), "
    "`fact backup_failures > 2`, "
    "`down or degraded`, `silent`, `silent routing`."
)
_SIGNS: Final = {">": Operator.ABOVE, "<": Operator.BELOW, "=": Operator.IS}
_VALUE: Final = re.compile(
    r"(?P<span>rate of |changes of )?(?P<family>[a-z0-9_]+)\.(?P<field>[a-z0-9_]+)(?: */ *(?P<share_of>[a-z0-9_]+))?"
    r" *(?P<sign>[<>=]) *(?P<threshold>[-+.0-9e]+)(?: over (?P<over>\w+))?\Z"
)
_FACT: Final = re.compile(r"fact (?P<field>[a-z0-9_]+) *(?P<sign>[<>=]) *(?P<threshold>[-+.0-9e]+)\Z")
_UNUSUAL: Final = re.compile(
    r"unusual (?P<family>[a-z0-9_]+)\.(?P<field>[a-z0-9_]+) *(?P<sign>[<>]) *(?P<threshold>[.0-9e]+)(?P<times>x?)\Z"
)
_SILENT: Final = re.compile(r"silent(?: (?P<family>[a-z0-9_]+))?\Z")


def read(text: str) -> dict[str, Any]:
    """Read a condition as the members that a request has; raises BadInput."""
    line = " ".join(text.split())
    if found := _SILENT.match(line):
        return {"test": Test.ABSENT, "family": found["family"] or ""}
    if (states := line.split(" or ")) and all(one in [*State] for one in states):
        return {"test": Test.STATE, "states": states}
    if found := _FACT.match(line):
        sided = {"operator": _SIGNS[found["sign"]], "threshold": _number(found["threshold"])}
        return {"test": Test.FACT, "field": found["field"], **sided}
    if found := _UNUSUAL.match(line):
        sided = {"operator": _SIGNS[found["sign"]], "threshold": _number(found["threshold"])}
        measure = Measure.FACTOR if found["times"] else Measure.SPREADS
        return {
            "test": Test.BASELINE,
            "family": found["family"],
            "field": found["field"],
            "measure": measure,
            **sided,
        }
    if (found := _VALUE.match(line)) is None or bool(found["span"]) != bool(found["over"]):
        raise BadInput(f"{text[:60]!r} is no condition.", EXAMPLES)
    made = {"family": found["family"], "field": found["field"], "share_of": found["share_of"] or ""}
    made |= {"operator": _SIGNS[found["sign"]], "threshold": _number(found["threshold"])}
    if not found["span"]:
        return made | {"test": Test.VALUE}
    test = Test.RATE if found["span"] == "rate of " else Test.CHANGES
    return made | {"test": test, "over_seconds": times.span(found["over"]).total_seconds()}


def write(condition: Condition) -> str:
    """Write a condition in a line, without the threshold of its end."""
    if condition.test is Test.STATE:
        return " or ".join(condition.states)
    if condition.test is Test.ABSENT:
        return f"silent {condition.family}".strip()
    share = f" / {condition.share_of}" if condition.share_of else ""
    sign = next(sign for sign, operator in _SIGNS.items() if operator is condition.operator)
    if condition.test is Test.FACT:
        return f"fact {condition.field} {sign} {condition.threshold!r}"
    if condition.test is Test.BASELINE:
        times_more = "x" if condition.measure is Measure.FACTOR else ""
        return f"unusual {condition.family}.{condition.field} {sign} {condition.threshold!r}{times_more}"
    line = f"{condition.family}.{condition.field}{share} {sign} {condition.threshold!r}"
    if condition.test is Test.VALUE:
        return line
    span = "rate" if condition.test is Test.RATE else "changes"
    return f"{span} of {line} over {condition.over_seconds:g}s"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"{text[:40]!r} is no number.", EXAMPLES) from error
