"""The menus compared with the schema of real versions, which lives beside the project."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from routeros.simulator.model import Model
from routeros.simulator.router import Router
from routeros.simulator.tree import menus
from tests.routeros.simulator.desk import PASSWORD, Desk

SCHEMA = Path(__file__).parents[4] / "shared" / "data" / "schema"
pytestmark = pytest.mark.skipif(not SCHEMA.is_dir(), reason="the schema of ../shared/data is not here")

VERSIONS = {
    "7.12.2": (("wap_ac", "7.12.1"),),
    "7.16.2": (("wap_ac", "7.16.2"), ("hap_ax2", "7.16.2"), ("chr", "7.16.2")),
    "7.21.4": (("hap_ax2", "7.21.4"), ("ccr2004", "7.21.4")),
}
"""Versions of the schema, and devices of ours that run them or their next neighbour."""

PAIRS = [(schema, persona, version) for schema, ours in VERSIONS.items() for persona, version in ours]
NOT_ON_A_PC = ("/system/routerboard", "/system/health")
"""The schema comes from a virtual machine, which has no board, and no rows of sensors."""

NOT_IN_THIS_SCHEMA = {"7.12.2": ("/interface/wireless",)}
"""Packages that were not installed there."""

API_ONLY = {"getall", "listen"}
"""Verbs of the API that the console, from which the schema comes, does not have."""


@cache
def schema(name: str) -> Any:
    return json.loads(gzip.decompress((SCHEMA / f"restraml-{name}.json.gz").read_bytes()))


def node(tree: Any, path: str) -> Any:
    for part in filter(None, path.split("/")):
        tree = tree[part]
    return tree


def router(persona: str, version: str) -> Router:
    model = next(m for m in (Model(1, n, (persona,)) for n in range(200)) if str(m.version) == version)
    return Router(model, Desk().clock, PASSWORD, "admin")


@pytest.mark.parametrize(("name", "persona", "version"), PAIRS)
def test_every_menu_verb_and_argument_is_one_of_the_version(name: str, persona: str, version: str) -> None:
    tree = schema(f"inspect-{name}-extra")
    for path, menu in menus(router(persona, version).model).items():
        if path.startswith((*NOT_ON_A_PC, *NOT_IN_THIS_SCHEMA.get(name, ()))):
            continue
        real = node(tree, path)
        assert menu.verbs - API_ONLY <= set(real), path
        if "set" in menu.verbs:
            assert set(menu.writable) <= set(real["set"]), path


def test_every_property_is_one_that_7_21_4_knows() -> None:
    tree = schema("deep-inspect-7.21.4")
    for persona in ("hap_ax2", "ccr2004"):
        desk = Desk(router=router(persona, "7.21.4"))
        for path, menu in menus(desk.router.model).items():
            if not menu.bare and path not in (*NOT_ON_A_PC, "/system/license"):
                known = {".id", *node(tree, path)["get"]["value-name"]["_completion"]}
                told = {name for row in desk.rows(f"{path}/print") for name in row}
                assert told <= known, (path, told - known)
