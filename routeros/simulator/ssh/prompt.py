"""The prompt of a router, and how one walks from menu to menu."""

from __future__ import annotations

from collections.abc import Iterable

from routeros.simulator.outcome import Reply
from routeros.simulator.router import Router
from routeros.simulator.tree import menus, run
from routeros.simulator.wire import Call

_MAGENTA, _CYAN, _PLAIN = "\x1b[35m", "\x1b[36m", "\x1b[m"


def prompt(router: Router, name: str, path: str, colours: bool) -> str:
    """Such as ``[admin@router] > `` or ``[admin@router] /ip/address> ``; version 6 parts menus by blanks."""
    place = "/" + path.strip("/").replace("/", " ") if path and router.model.version.major < 7 else path
    if not colours:
        return f"[{name}@{_identity(router)}] {place}> "
    return f"[{_MAGENTA}{name}{_PLAIN}@{_MAGENTA}{_identity(router)}{_PLAIN}] {_CYAN}{place}{_PLAIN}> "


def walked(router: Router, path: str, text: str) -> str | None:
    """Tell to which menu a line goes that names nothing but a menu; None for any other line."""
    words = text.replace("/", " ").split()
    if not text or (not words and text.strip("/")):
        return None
    here = [] if text.startswith("/") else path.split("/")[1:]
    for word in words:
        if word == "..":
            here = here[:-1]
        elif (step := _step(menus(router.model), here, word)) is not None:
            here = [*here, step]
        else:
            return None
    return "".join(f"/{part}" for part in here)


def _step(paths: Iterable[str], here: list[str], word: str) -> str | None:
    """Find the one menu below that begins so."""
    above = "".join(f"/{part}" for part in here) + "/"
    below = {path[len(above) :].split("/")[0] for path in paths if path.startswith(above)}
    found = [word] if word in below else [name for name in below if name.startswith(word)]
    return found[0] if len(found) == 1 else None


def _identity(router: Router) -> str:
    told = run(router, Call("/system/identity", "print"))
    return told.rows[0]["name"] if isinstance(told, Reply) else ""
