"""Safe mode (7.18 and later): taken, released and unrolled by one session, and seen from any."""

from __future__ import annotations

from routeros.errors import Trap
from routeros.push.line import Line
from routeros.words import Row

MENU = "/safe-mode"


async def take(line: Line) -> bool:
    """Take safe mode, and tell whether the device says that it is this session's. Raises RouterOSError."""
    await line.do(f"{MENU}/take")
    return await mine(line)


async def release(line: Line) -> None:
    """Let all changes stay. Raises Trap where it is not this session's any more, or RouterOSError."""
    await line.do(f"{MENU}/release")


async def unroll(line: Line) -> None:
    """Take all changes back. Raises Trap where it is not this session's any more, or RouterOSError."""
    await line.do(f"{MENU}/unroll")


async def mine(line: Line) -> bool:
    """Tell whether this session holds safe mode."""
    return (await _state(line)).get("current") == "true"


async def held(line: Line) -> bool:
    """Tell whether any session holds safe mode; a device without it is held by nobody."""
    try:
        return (await _state(line)).get("enabled") == "true"
    except Trap as refusal:
        if refusal.absent:
            return False
        raise


async def _state(line: Line) -> Row:
    return next(iter(await line.rows(MENU)), {})
