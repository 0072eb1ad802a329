"""An alert rule as a file that people write: YAML or JSON with the members that a request has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from api.problems import Invalid
from db.alertrules import RuleRow, written
from fleet.alerts.rule import Reach, Rule
from fleet.errors import BadInput

NEXT: Final = "Compare it with what `flotilla alert rule show` writes."
LARGEST: Final = 64 * 1024
TOLD: Final = frozenset({"id", "version", "changed_by", "changed_at"})
"""What a rule is told with, and nobody writes."""

M = TypeVar("M", bound=BaseModel)


def read(path: Path | None) -> dict[str, Any]:
    """Read a file, where one is given; raises BadInput."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
        found = yaml.safe_load(text.decode()) if len(text) <= LARGEST else None
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadInput(f"The file {path} cannot be read as text.", "Give a file in UTF-8.") from wrong
    except (yaml.YAMLError, RecursionError, ValueError) as wrong:
        raise BadInput(f"The file {path} is neither YAML nor JSON.", NEXT) from wrong
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise BadInput(f"The file {path} holds no rule.", NEXT)
    return {name: value for name, value in found.items() if name not in TOLD}


def checked(kind: type[M], given: Mapping[str, Any]) -> M:
    """Judge what is given as a request's body is judged; raises BadInput that names what is wrong."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        fault = Invalid.of("rule", error).errors[0]
        raise BadInput(f"{fault.name} of the rule is wrong: {fault.detail}", NEXT) from error


def members(rule: Rule) -> dict[str, Any]:
    """Tell a rule as a file has it."""
    scope = {
        "reach": rule.scope.reach.value,
        **({"of": rule.scope.of} if rule.scope.reach is not Reach.TENANT else {}),
    }
    return {
        "name": rule.name,
        "severity": rule.severity.value,
        "condition": dict(written(rule.condition)),
        "hold_seconds": rule.hold.total_seconds(),
        "keep_seconds": rule.keep.total_seconds(),
        "scope": scope,
        "enabled": rule.enabled,
    }


def write(rule: Rule) -> str:
    """Write a rule as a file."""
    return yaml.safe_dump(members(rule), sort_keys=False, allow_unicode=True, width=116)


def document(row: RuleRow) -> dict[str, Any]:
    """Tell a rule for programs, with its id and who changed it last."""
    changed = {"version": row.rule.version, "changed_by": row.changed_by, "changed_at": row.changed_at}
    return {"id": row.rule.id, **members(row.rule), **changed}
