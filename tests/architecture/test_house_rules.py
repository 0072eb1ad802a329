"""The house rules that a program can check; a breach needs a line of reason beside it, in ALLOWED."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("fleet", "routeros", "bus", "db", "actors", "jobs", "api", "dashboard", "cluster")
FILES = [*sorted(f for p in PACKAGES for f in (ROOT / p).rglob("*.py")), ROOT / "flotilla.py"]
GENERATED = "db/migrations/versions"

BROAD = {
    "actors": "the actor's loop",
    "bus/consumer.py": "the consumer",
    "api/errors.py": "the web error handler",
}
"""The three boundaries that may catch everything."""

ALLOWED: dict[str, str] = {
    "actors/timekeeper.py:__init__:arguments": "what every chore is given passes through it",
    "cluster/commands/amend.py:change:arguments": "a command's options are its function's arguments",
    "cluster/commands/demo.py:demo:arguments": "a command's options are its function's arguments",
    "cluster/commands/device.py:add:arguments": "a command's options are its function's arguments",
    "cluster/commands/inventory.py:show:arguments": "a command's options are its function's arguments",
    "cluster/commands/key.py:add:arguments": "a command's options are its function's arguments",
    "cluster/commands/maintenance.py:add:arguments": "a command's options are its function's arguments",
    "cluster/commands/store.py:keep:arguments": "a command's options are its function's arguments",
    "routeros/client.py:connect:arguments": "each bound of a connection is one that its caller may leave out",
    "cluster/commands/probe.py:probe:arguments": "a command's options are its function's arguments",
}
"""``path:rule`` or ``path:function:rule`` → the reason why it may break that rule."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[Function]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, Function))


def length(function: Function) -> int:
    """The lines of a function's body: neither its decorators and signature nor its docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def excused(key: str) -> bool:
    return key in ALLOWED


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", [f for f in FILES if GENERATED not in name(f)], ids=name)
def test_a_file_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300 or excused(f"{name(path)}:lines")


@pytest.mark.parametrize("path", [f for f in FILES if GENERATED not in name(f)], ids=name)
def test_a_function_has_at_most_40_lines_and_5_arguments(path: Path) -> None:
    for function in functions(path):
        key = f"{name(path)}:{function.name}"
        arguments = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        count = len([a for a in arguments if a not in ("self", "cls")])
        assert length(function) <= 40 or excused(f"{key}:lines"), f"{key} has {length(function)} lines"
        assert count <= 5 or excused(f"{key}:arguments"), f"{key} takes {count} arguments"


def test_most_functions_are_short() -> None:
    lengths = sorted(length(f) for path in FILES if GENERATED not in name(path) for f in functions(path))
    assert statistics.quantiles(lengths, n=10)[-1] <= 25


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_stand_at_the_top_and_are_absolute(path: Path) -> None:
    for function in functions(path):
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in PACKAGES, f"{name(path)}:{node.lineno}"
            if isinstance(node, ast.Import):
                assert not any(a.name.split(".")[0] in PACKAGES for a in node.names), f"{name(path)}:{node.lineno}"
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{name(path)}:{node.lineno} is relative"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_everything_is_caught_at_the_three_boundaries_only(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            assert not broad or name(path).startswith(tuple(BROAD)), f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_there_is_no_global(path: Path) -> None:
    assert not [n for n in ast.walk(tree(path)) if isinstance(n, ast.Global)]


@pytest.mark.parametrize("path", [f for f in FILES if name(f) != "fleet/settings.py"], ids=name)
def test_only_settings_read_the_environment(path: Path) -> None:
    for node in ast.walk(tree(path)):
        reads = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
        assert not (reads and isinstance(node.value, ast.Name) and node.value.id == "os"), (
            f"{name(path)}:{node.lineno}"
        )


def test_every_excuse_is_still_needed() -> None:
    known = {name(path) for path in FILES}
    assert all(key.split(":")[0] in known and reason for key, reason in ALLOWED.items())


def test_the_given_top_level_is_there() -> None:
    for given in (
        "cluster",
        "actors",
        "dashboard",
        "api",
        "db",
        "jobs",
        "ray_config.yaml",
        "pyproject.toml",
        "tests",
    ):
        assert (ROOT / given).exists()
