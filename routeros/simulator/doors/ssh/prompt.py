"""The prompt of a router: who, where, and in which menu."""

from __future__ import annotations

from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import Reply
from routeros.simulator.parts.safemode import SafeMode
from routeros.simulator.router import Active, Router
from routeros.simulator.tree import run

_MAGENTA, _CYAN, _PLAIN = "\x1b[35m", "\x1b[36m", "\x1b[m"


SAFE = "<SAFE>"


def prompt(router: Router, who: Active, path: str, colours: bool) -> str:
    """Such as ``[admin@router] > `` or ``[admin@router] /ip/address<SAFE> ``; version 6 parts menus by blanks."""
    place = "/" + path.strip("/").replace("/", " ") if path and router.model.version.major < 7 else path
    name, end = who.name, SAFE if is_safe(router, who) else ">"
    if not colours:
        return f"[{name}@{_identity(router)}] {place}{end} "
    return f"[{_MAGENTA}{name}{_PLAIN}@{_MAGENTA}{_identity(router)}{_PLAIN}] {_CYAN}{place}{_PLAIN}{end} "


def is_safe(router: Router, who: Active) -> bool:
    """Tell whether someone holds safe mode."""
    held = router.part(SafeMode).holder if router.has(SafeMode) else None
    return held is not None and held.id == who.id


def _identity(router: Router) -> str:
    told = run(router, Call("/system/identity", "print"))
    return told.rows[0]["name"] if isinstance(told, Reply) else ""
