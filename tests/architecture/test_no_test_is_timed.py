"""No test asks how long something took: a slow machine is no failure, and speed is a ratio that ``make bench`` finds.

A clock may bound how long a test waits for an event, and nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
FUZZ = TESTS / "routeros" / "fuzz.py"
"""The fuzzing that `make fuzz` runs tells how long it took; the part of it that is a test does not look."""

STOPWATCHES = frozenset(
    f"{name}{suffix}"
    for name in ("perf_counter", "process_time", "thread_time", "getrusage", "default_timer", "timeit")
    for suffix in ("", "_ns")
)
CLOCKS = frozenset({"monotonic", "monotonic_ns", "time", "time_ns"})
"""Methods that tell a time: of the module ``time``, and of an event loop."""

TIMED = """
begun = time.monotonic()
work()
assert time.monotonic() - begun < 5
"""
ALSO_TIMED = """
begun = loop.time()
work()
took = loop.time() - begun
assert took < 5
"""
PATIENT = """
end = time.monotonic() + 5
while not happened():
    assert time.monotonic() < end
"""


def timings(tree: ast.AST) -> Iterator[int]:
    """Tell the lines where a stopwatch is named, or a span between two readings of a clock is compared."""
    read, spans = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if _reads(node.value):
                read.add(node.targets[0].id)
            elif any(_is_span(part, read) for part in ast.walk(node.value)):
                spans.add(node.targets[0].id)
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in STOPWATCHES:
            yield node.lineno  # type: ignore[attr-defined]
        if isinstance(node, ast.Compare):
            parts = list(ast.walk(node))
            named = {part.id for part in parts if isinstance(part, ast.Name)}
            if named & spans or any(_is_span(part, read) for part in parts):
                yield node.lineno


def _is_span(node: ast.AST, read: set[str]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _tells(node.left, read)


def _tells(node: ast.AST, read: set[str]) -> bool:
    return _reads(node) or (isinstance(node, ast.Name) and node.id in read)


def _reads(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and not (node.args or node.keywords)
    )


def test_no_test_is_timed() -> None:
    files = [path for path in sorted(TESTS.rglob("*.py")) if path != FUZZ]
    assert len(files) > 1
    assert [f"{path}:{line}" for path in files for line in timings(ast.parse(path.read_text()))] == []


def test_the_rule_finds_what_it_looks_for() -> None:
    assert list(timings(ast.parse(TIMED))) == [4]
    assert list(timings(ast.parse(ALSO_TIMED))) == [5]
    assert list(timings(ast.parse("assert perf_counter() < 3"))) == [1]
    assert list(timings(ast.parse(PATIENT))) == []
