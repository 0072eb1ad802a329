"""The menus compared with the schema of real versions, which lives beside the project."""

from __future__ import annotations

import gzip
import json
import operator
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fleet.versions import Version, version
from routeros.simulator import reading
from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.menu import Menu
from routeros.simulator.router import Router
from routeros.simulator.tree import menus
from tests.routeros.simulator.desk import PASSWORD, Desk

SCHEMA = Path(__file__).parents[4] / "shared" / "data" / "schema"
pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="the schema of ../shared/data is not here")

SCHEMAS = ("7.12.2", "7.16.2", "7.21.4")
EVERY = [(name, number) for name, persona in sorted(PERSONAS.items()) for number in persona.versions]
NEWER = [(name, number) for name, number in EVERY if version(number) >= Version(7, 12)]
"""Of version 6 there is no schema."""

NOT_ON_A_PC = (
    *("/system/routerboard", "/system/health", "/interface/ethernet/poe", "/interface/ethernet/switch"),
    "/system/swos",
)
"""The schema comes from a virtual machine: it has no board, no sensors, no switch chip, and feeds nobody."""

NOT_IN_THIS_SCHEMA = {"7.12.2": ("/interface/wireless", "/caps-man")}
"""Packages that were not installed there."""

NEWER_THAN_ALL = {"available-from"}
"""``/ip/service`` calls its ``address`` so from 7.24 on, of which there is a capture and no schema."""

API_ONLY = {"getall", "listen"}
"""Verbs of the API that the console, from which the schema comes, does not have."""


@cache
def schema(name: str) -> Any:
    return json.loads(gzip.decompress((SCHEMA / f"restraml-{name}.json.gz").read_bytes()))


def node(tree: Any, path: str) -> Any:
    for part in path.strip("/").split("/"):
        tree = tree.get(part, {}) if part else tree
    return tree


@cache
def router(persona: str, number: str) -> Router:
    model = next(m for m in (Model(1, n, (persona,)) for n in range(400)) if str(m.version) == number)
    return Router(model, Desk().clock, PASSWORD, "admin")


def around(number: str) -> list[str]:
    """Tell the schemas that bound a version: what it has is in one of them. Nothing is older than the first."""
    mine = version(number)
    older = [name for name in SCHEMAS if version(name) <= mine]
    newer = [name for name in SCHEMAS if version(name) >= mine]
    return sorted({*older[-1:], *newer[:1]})


def theirs(persona: str, number: str) -> Iterator[tuple[str, Menu, list[Any]]]:
    """Yield the menus of a device that the schemas can know, each with its nodes there."""
    for path, menu in menus(router(persona, number).model).items():
        if path.startswith(NOT_ON_A_PC):
            continue
        names = [name for name in around(number) if not path.startswith(NOT_IN_THIS_SCHEMA.get(name, ("-",)))]
        yield path, menu, [node(schema(f"inspect-{name}-extra"), path) for name in names]


def known(nodes: list[Any], *within: str) -> set[str]:
    """Tell the names in one place of any of some nodes."""
    return {name for real in nodes for name in node(real, "/".join(within))}


@pytest.mark.parametrize(("persona", "number"), NEWER)
def test_every_menu_and_verb_is_one_of_the_version(persona: str, number: str) -> None:
    for path, menu, nodes in theirs(persona, number):
        if nodes:
            assert menu.verbs - API_ONLY <= known(nodes), path


@pytest.mark.parametrize(("persona", "number"), NEWER)
def test_every_argument_is_one_of_the_version(persona: str, number: str) -> None:
    for path, menu, nodes in theirs(persona, number):
        for verb in {"set", "add"} & menu.verbs if nodes else ():
            assert set(menu.writable) - NEWER_THAN_ALL <= known(nodes, verb), (path, verb)


@pytest.mark.parametrize(("persona", "number"), NEWER)
def test_print_takes_the_arguments_of_the_version(persona: str, number: str) -> None:
    for path, menu, nodes in theirs(persona, number):
        if "print" in menu.verbs and nodes:
            told = known(nodes, "print")
            assert menu.prints <= told, path
            assert menu.single or reading.LISTS - {"brief", "value-list", "from"} <= told, path


def test_every_property_is_one_that_7_21_4_knows() -> None:
    tree = schema("deep-inspect-7.21.4")
    for persona in ("hap_ax2", "ccr2004"):
        desk = Desk(router=router(persona, "7.21.4"))
        for path, menu in menus(desk.router.model).items():
            if "print" in menu.verbs and not path.startswith((*NOT_ON_A_PC, "/system/license")):
                named = {".id", *node(tree, path)["get"]["value-name"]["_completion"]}
                told = {name for row in desk.rows(f"{path}/print") for name in row}
                assert told <= named, (path, told - named)


@cache
def community() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        gzip.decompress((SCHEMA / "community.routeros-api_data.json.gz").read_bytes())
    )
    return found


MEETS = {">=": operator.ge, "<": operator.lt, ">": operator.gt, "<=": operator.le, "==": operator.eq}


def numbered(since: str) -> Version:
    """Read a version, of which the data may say the first number alone."""
    return version(since if "." in since else f"{since}.0")


def defaults(path: str, running: Version) -> dict[str, str]:
    """Tell the defaults that the community's data knows of a menu in a version, as the API writes them."""
    data = community().get(path, {})
    fitting = [about for since, sign, about in data.get("versioned", ()) if MEETS[sign](running, numbered(since))]
    about = data.get("unversioned") or next((one for one in fitting if isinstance(one, dict)), None)
    if not about:
        return {}
    fields = dict(about["fields"])
    for field in about.get("versioned_fields", ()):
        if all(MEETS[sign](running, numbered(since)) for since, sign in field["conditions"]):
            fields[field["name"]] = field
    return {name: written(field["default"]) for name, field in fields.items() if "default" in field}


def written(value: object) -> str:
    """Write a value as the API does; the two ways to write a boolean are one here."""
    return {"True": "true", "False": "false", "yes": "true", "no": "false"}.get(str(value), str(value))


OTHERWISE = {
    ("/system/identity", "name"): "devices and the manual write MikroTik, the data Mikrotik",
    ("/routing/ospf/instance", "router-id"): "the data tells version 7's word; version 6 has 0.0.0.0",
}
"""Defaults of ours that differ from the community's data, with the reason."""


@pytest.mark.parametrize(("persona", "number"), EVERY)
def test_defaults_are_those_that_the_community_has_seen(persona: str, number: str) -> None:
    for path, menu in menus(router(persona, number).model).items():
        seen = defaults(path, version(number))
        for name in set(seen) & set(menu.defaults):
            if (path, name) not in OTHERWISE:
                assert written(menu.defaults[name]) == seen[name], (path, name)
