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
    "flotilla.py:lines": "the client is one module, which may be copied beside a program",
    "routeros/client.py:connect:arguments": "each bound of a connection is one that its caller may leave out",
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


def count(function: Function) -> int:
    """The arguments that callers give; those of a command are its options, which its decorator reads."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs) if a.arg not in ("self", "cls")]
    makers = [made.func for made in function.decorator_list if isinstance(made, ast.Call)]
    is_command = any(isinstance(maker, ast.Attribute) and maker.attr == "command" for maker in makers)
    return 0 if is_command else len(names)


def breaches(path: Path) -> Iterator[str]:
    """Name what is too long: a file of over 300 lines, a function of over 40, one of over 5 arguments."""
    if len(path.read_text().splitlines()) > 300:
        yield f"{name(path)}:lines"
    for function in functions(path):
        if length(function) > 40:
            yield f"{name(path)}:{function.name}:lines"
        if count(function) > 5:
            yield f"{name(path)}:{function.name}:arguments"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", [f for f in FILES if GENERATED not in name(f)], ids=name)
def test_nothing_is_too_long_without_a_reason(path: Path) -> None:
    assert set(breaches(path)) <= set(ALLOWED)


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
    assert set(ALLOWED) <= {breach for path in FILES for breach in breaches(path)}
    assert all(ALLOWED.values())


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
