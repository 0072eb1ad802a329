"""Every code that a person may see is explained, in the sources, in the docs and by the server."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import catalogue, problems
from api.app import RESOURCES
from api.refusals import codes
from api.resource import Resource
from fleet import plugins
from fleet.errors import FleetError
from tests.fixtures.web import Web

PACKAGES = ("fleet", "routeros", "bus", "db", "actors", "jobs", "api", "dashboard", "cluster")
DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


def tree(kind: type[FleetError]) -> Iterator[type[FleetError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


def test_every_error_of_the_tree_is_explained_with_its_status() -> None:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__") and "migrations" not in module.name:
                importlib.import_module(module.name)
    ours = {(kind.code, kind.status) for kind in tree(FleetError) if kind.__module__.split(".")[0] in PACKAGES}
    told = {(one.code, one.status) for one in catalogue.EVERY}
    assert ours - told == set(), "api/catalogue.py explains each code"
    assert len(catalogue.MEANINGS) == len(catalogue.EVERY)


def test_the_docs_are_as_the_catalogue_says() -> None:
    assert DOCS.read_text() == catalogue.markdown(), "write docs/errors.md anew from api.catalogue.markdown()"


def test_whatever_an_operation_refuses_with_is_explained() -> None:
    for resource in plugins.discover(RESOURCES, Resource):
        for route in resource.routes:
            for status, found in codes(route, versioned=True).items():
                assert {catalogue.MEANINGS[code].status for code in found} == {status}


@pytest.mark.parametrize("one", catalogue.EVERY, ids=lambda one: one.code)
def test_an_explanation_is_whole(one: catalogue.Meaning) -> None:
    assert one.what.endswith(".")
    assert one.step.endswith(".")
    assert problems.known(one.code, "r").status == one.status


def test_the_type_of_a_problem_leads_to_its_line(shared_web: Web) -> None:
    client = shared_web.client()
    kind = client.get("/api/tenants").get_json()["type"]
    path, _, anchor = kind.partition("#")
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f'<tr id="{anchor}">' in answer.text
