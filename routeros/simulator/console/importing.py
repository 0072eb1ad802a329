"""``/import``: the text of a file is read whole and run; what was done before an error stays done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from fleet.versions import Version
from routeros.simulator.console.printed import Printed
from routeros.simulator.outcome import ARGUMENT, MISSING, Refused, Steps
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router

DRY: Final = Version(7, 16)
DONE: Final = "Script file loaded and executed successfully"
_NAMES: Final = ("file-name", "verbose", "from-line")


class Line(Protocol):
    """A command line of one's own."""

    def check(self, script: str) -> Printed: ...

    def play(self, script: str) -> Steps[Printed]: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import printed, and what is said where it failed."""

    text: str
    error: str = ""


def load(router: Router, said: Mapping[str, str], shell: Callable[[], Line]) -> Steps[Loaded]:
    """Import a file; raises Refused where the command itself is wrong.

    A text that cannot be read is not run at all. ``dry-run`` (from 7.16, with ``verbose``) only reads it, and does
    not find what would fail when it runs. Texts of errors are those of 7.24.4.
    """
    dry = _asked(router, said)
    verbose = said.get("verbose", "no") not in ("no", "false")
    if dry and not verbose:
        raise Refused("failure: dry-run needs verbose", ARGUMENT)
    text = _from_line(_text(router, said["file-name"]), said.get("from-line", "1"))
    line = shell()
    printed = line.check(text) if dry else (yield from line.play(text))
    if not printed.failed:
        return Loaded(_echoed(text) + printed.text if verbose else printed.text)
    if printed.unreadable:
        why = "found 1 error(s) in import file" if dry else printed.error
    else:
        why = printed.error if verbose or not printed.place else f"{printed.error} ({printed.place})"
    return Loaded(printed.text.removesuffix(f"{printed.error}\n"), f"Script Error: {why}")


def _asked(router: Router, said: Mapping[str, str]) -> bool:
    """Check the arguments; tell whether the import is only tried."""
    for name in said:
        if name not in _NAMES and not (name == "dry-run" and router.model.version >= DRY):
            raise Refused(f"unknown parameter {name}", MISSING)
    if "file-name" not in said:
        raise Refused("missing value for argument file-name", MISSING)
    if not said.get("from-line", "1").isdigit():
        raise Refused("invalid value for argument from-line", ARGUMENT)
    return said.get("dry-run", "no") not in ("no", "false")


def _text(router: Router, name: str) -> str:
    """Read the file; commands may come with either end of line."""
    try:
        data = router.part(Files).read(name.lstrip("/"))
    except Refused as refused:
        raise Refused("Cannot open import file, file does not exist") from refused
    return data.decode("utf-8", "surrogateescape")


def _from_line(text: str, first: str) -> str:
    """Leave out the lines before one, all but the menu that was gone to last; the lines keep their numbers."""
    lines = text.split("\n")
    before = lines[: int(first) - 1]
    went = [place for place, line in enumerate(before) if line.startswith("/") and "=" not in line]
    kept = ["" if place not in went[-1:] else line for place, line in enumerate(before)]
    return "\n".join([*kept, *lines[len(before) :]])


def _echoed(text: str) -> str:
    """Show the lines as they are run."""
    return "".join(
        f"#line {place}\n{line}\n" for place, line in enumerate(text.splitlines(), start=1) if line.strip()
    )
