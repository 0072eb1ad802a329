"""The house rules that a program can check; a breach needs a line of reason beside it, in ALLOWED."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("fleet", "routeros", "bus", "db", "actors", "jobs", "api", "dashboard", "cluster")
FILES = [*sorted(f for p in PACKAGES for f in (ROOT / p).rglob("*.py")), ROOT / "flotilla.py"]
WRITTEN = [path for path in FILES if "db/migrations/versions" not in path.as_posix()]
"""All but what ``make migration`` writes."""

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

BAD = """from . import near

def f(a, b, c, d, e, f):
    import json
    import fleet.clock
    from db.engine import Stores
    try:
        os.environ["A"]
    except Exception:
        pass
    try:
        json.loads(a)
    except:
        pass
"""
"""A file that breaks the rules."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in nodes(path) if isinstance(node, Function))


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


def imported(node: ast.AST) -> list[str]:
    """Tell which modules a statement imports; none where it is no import."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def hidden_imports(path: Path) -> Iterator[str]:
    """Name first-party imports inside functions, and relative ones."""
    for node in (inner for function in functions(path) for inner in ast.walk(function)):
        if any(module.split(".")[0] in PACKAGES for module in imported(node)):
            yield f"{name(path)}:{node.lineno} stands in a function"  # type: ignore[attr-defined]
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{name(path)}:{node.lineno} is relative"


def broad_catches(path: Path) -> Iterator[str]:
    """Name what catches everything."""
    for node in nodes(path):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        ):
            yield f"{name(path)}:{node.lineno}"


def readings(path: Path) -> Iterator[str]:
    """Name what looks at the environment."""
    for node in nodes(path):
        reads = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
        if reads and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield f"{name(path)}:{node.lineno}"


def test_there_are_files_to_judge() -> None:
    assert {name(path).split("/")[0] for path in FILES} == {*PACKAGES, "flotilla.py"}


def test_a_file_says_what_it_is_for() -> None:
    assert [name(path) for path in FILES if not ast.get_docstring(tree(path))] == []


def test_nothing_is_too_long_without_a_reason() -> None:
    assert {breach for path in WRITTEN for breach in breaches(path)} <= set(ALLOWED)


def test_most_functions_are_short() -> None:
    lengths = sorted(length(function) for path in WRITTEN for function in functions(path))
    assert statistics.quantiles(lengths, n=10)[-1] <= 25


def test_imports_stand_at_the_top_and_are_absolute() -> None:
    assert [found for path in FILES for found in hidden_imports(path)] == []


def test_everything_is_caught_at_the_three_boundaries_only() -> None:
    assert [f for path in FILES if not name(path).startswith(tuple(BROAD)) for f in broad_catches(path)] == []


def test_there_is_no_global() -> None:
    assert [name(path) for path in FILES if any(isinstance(node, ast.Global) for node in nodes(path))] == []


def test_only_settings_read_the_environment() -> None:
    assert [f for path in FILES if name(path) != "fleet/settings.py" for f in readings(path)] == []


def test_the_rules_find_what_they_look_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text(BAD)
    assert list(hidden_imports(bad)) == [
        "bad.py:5 stands in a function",
        "bad.py:6 stands in a function",
        "bad.py:1 is relative",
    ]
    assert list(broad_catches(bad)) == ["bad.py:9", "bad.py:13"]
    assert list(readings(bad)) == ["bad.py:8"]
    assert list(breaches(bad)) == ["bad.py:f:arguments"]


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
