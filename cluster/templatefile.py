"""A template as a file that people write: YAML with about, mode, variables and text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from fleet.errors import BadInput
from fleet.templates import LONGEST, Kind, Mode, Template, Variable

NEXT: Final = "Compare it with what `flotilla template show` writes."
_OF_VARIABLE: Final = frozenset(Variable.__dataclass_fields__)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def told(template: Template) -> dict[str, Any]:
    """Tell a template as the file has it, without what is not said."""
    variables = [
        {k: v for k, v in one.stored().items() if v not in ("", []) or k == "default"} for one in template.variables
    ]
    return {"about": template.about, "mode": template.mode.value, "variables": variables, "text": template.text}


def write(template: Template) -> str:
    """Write a template as a file."""
    return yaml.dump(told(template), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=116)


def read(name: str, path: Path) -> Template:
    """Read a file; raises BadInput."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadInput(f"The file {path} cannot be read as text.", "Give a file in UTF-8.") from wrong
    return parse(name, text)


def edited(template: Template) -> Template:
    """Let a person edit a template; raises BadInput where nothing was saved."""
    written = click.edit(write(template), extension=".yaml")
    if written is None:
        raise BadInput("Nothing was saved in the editor.", "Save the file, or give one by --file.")
    return parse(template.name, written)


def parse(name: str, text: str) -> Template:
    """Read a template's file; raises BadInput."""
    if len(text) > 2 * LONGEST:
        raise BadInput("The file is too long.", f"A template's text has at most {LONGEST} signs.")
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as wrong:
        raise BadInput("The file is no YAML.", NEXT) from wrong
    if not isinstance(found, dict) or not found.keys() <= {"about", "mode", "variables", "text"}:
        raise BadInput("The file holds other things than about, mode, variables and text.", NEXT)
    body, variables = found.get("text"), found.get("variables") or []
    if not isinstance(body, str) or not isinstance(variables, list):
        raise BadInput("The file has no text, or its variables are no list.", NEXT)
    about, mode = found.get("about") or "", found.get("mode") or Mode.MERGE
    if mode not in list(Mode):
        raise BadInput(f"The mode {mode!r} is none.", f"Write one of {', '.join(Mode)}.")
    return Template(name, str(about), tuple(_variable(one) for one in variables), body, Mode(mode))


def _variable(one: object) -> Variable:
    if not isinstance(one, Mapping) or not {"name", "kind"} <= one.keys() or not one.keys() <= _OF_VARIABLE:
        raise BadInput("A variable is no list of its name, kind, about, default, choices, least and most.", NEXT)
    if one["kind"] not in list(Kind):
        raise BadInput(f"The kind {one['kind']!r} of a variable is none.", f"Write one of {', '.join(Kind)}.")
    facts = dict(one) | {"kind": Kind(one["kind"]), "choices": tuple(map(str, one.get("choices") or ()))}
    if facts.get("default") is not None:
        facts["default"] = _said(facts["default"])
    if any(not isinstance(facts.get(bound), int | None) for bound in ("least", "most")):
        raise BadInput(f"The bounds of {one['name']} are no numbers.", NEXT)
    return Variable(**facts)


def _said(default: object) -> str:
    """Tell a default as text: YAML reads a bare yes as true."""
    return {True: "yes", False: "no"}[default] if isinstance(default, bool) else str(default)


def values(given: Iterable[str]) -> Mapping[str, object]:
    """Read values as ``--set`` gives them, name=value; raises BadInput."""
    pairs = [one.partition("=") for one in given]
    if any(not equals for _, equals, _ in pairs):
        raise BadInput("A value is given without its name.", "Write --set name=value.")
    return {name: value for name, _, value in pairs}
