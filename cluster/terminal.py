"""How the command line speaks: progress, tables, JSON, and one line for an error."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
LOOK_EVERY: Final = 0.5
"""Seconds between two looks at what goes on."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

StateOption = Annotated[
    Path | None, typer.Option("--state", help="The state directory (data, secrets, logs).", show_default=".flotilla")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def say(line: str) -> None:
    """Tell of progress, on standard error, so that standard output holds the answer alone."""
    err.print(Text("  · ", style="dim") + Text(line))


def refuse(message: str, next_step: str = "") -> int:
    """Say in one line what is wrong and in another what to do; return the exit status for that."""
    err.print(Text.assemble(("flotilla:", "bold red"), " ", clean(message)), soft_wrap=True)
    if next_step:
        err.print(Text.assemble(("→", "dim"), " ", clean(next_step)), soft_wrap=True)
    return 2


def clean(text: object) -> Text:
    """Take text of a device or a server for the terminal: what is not printable could steer it."""
    odd = "\N{REPLACEMENT CHARACTER}"
    return Text("".join(c if c.isprintable() else " " if c.isspace() else odd for c in str(text)))


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end what is inside as Ctrl-C does: in order."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def clean_lines(text: str) -> Text:
    """Take text of several lines of a device or a server for the terminal."""
    return Text("\n").join(clean(line) for line in text.splitlines())


def answer(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print JSON on standard output."""
    typer.echo(json.dumps(document, indent=1, default=str))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table without borders."""
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*map(clean, row))
    out.print(shown)


@contextmanager
def live() -> Iterator[Any]:
    """Give a function that shows one line and replaces it; where no person looks, a line every 10 seconds at most."""
    if not err.is_terminal:
        yield _Seldom()
        return
    with Live(console=err, refresh_per_second=4, transient=True) as shown:
        yield lambda line: shown.update(Text(line, style="cyan"))


def watch(look: Callable[[], T], over: Callable[[T], bool], tell: Callable[[T], str]) -> T:
    """Look again and again until it is over, and show what is told of each look; gives what was found last."""
    with live() as show:
        while not over(found := look()):
            show(tell(found))
            time.sleep(LOOK_EVERY)
    return found


class _Seldom:
    """Print every twentieth line that comes twice a second."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, line: str) -> None:
        if self._count % 20 == 0:
            err.print(Text(line))
        self._count += 1
