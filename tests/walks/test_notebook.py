"""The notebook of the documentation runs, from its first cell to its last, over a whole Flotilla."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from tests.fixtures.demo import Running, until

NOTEBOOK = Path(__file__).parents[2] / "docs" / "metrics.ipynb"


def cells() -> list[dict[str, Any]]:
    found = json.loads(NOTEBOOK.read_text())["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def run(cell: dict[str, Any], names: dict[str, Any]) -> object:
    """Run a cell, and tell the value of its last line as a notebook shows it."""
    *first, last = ast.parse("".join(cell["source"])).body
    exec(compile(ast.Module(first, []), str(NOTEBOOK), "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)
    exec(compile(ast.Module([last], []), str(NOTEBOOK), "exec"), names)
    return None


def answered(running: Running) -> list[int]:
    """Tell how many polls of each device are stored."""
    path = f"/api/tenants/{running.tenant.id}/metrics/availability"
    return [item["answered"] for item in running.get(path, **{"from": "now-5m"}).json()["items"]]


def test_every_cell_runs_and_finds_something(running: Running) -> None:
    parameters, *others = cells()
    assert parameters["metadata"]["tags"] == ["parameters"]
    until(lambda: sum(count >= 6 for count in answered(running)) == 8 or None, "every device was polled six times")
    names: dict[str, Any] = {"URL": running.url, "KEY": running.key, "LAST": "5m", "STEP": "2s"}
    shown = [run(cell, names) for cell in others]
    assert all(value is not None for value in shown)
    assert len(names["busiest"]) == 10
    assert names["busiest"]["value"].is_monotonic_decreasing
    assert names["heard"].to_numpy().sum() > 0
    assert len(names["change"]) == 8


def test_it_is_kept_without_what_it_showed() -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())
