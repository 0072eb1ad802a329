"""The trial of a change (7.16 and later): the device reads the commands and runs none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from routeros.errors import Trap
from routeros.plan.operation import Operation
from routeros.push.line import Line

LONGEST: Final = 60_000
"""Bytes that a file may get over the API; a longer change is not tried."""


async def attempt(line: Line, name: str, operations: Sequence[Operation]) -> bool:
    """Let the device read the commands; False where they are too long for that.

    The file is removed again where the line holds. Raises Trap where the device cannot read them, or RouterOSError.
    """
    text = "".join(f"{operation.line()}\n" for operation in operations)
    if len(text.encode("utf-8", "surrogateescape")) > LONGEST:
        return False
    await _remove(line, name)
    await line.do("/file/add", {"name": name, "contents": text})
    try:
        await line.do("/import", {"file-name": name, "verbose": "yes", "dry-run": "yes"})
    except Trap:
        await _remove(line, name)
        raise
    await _remove(line, name)
    return True


async def _remove(line: Line, name: str) -> None:
    for found in await line.rows("/file", (".id", "name"), (f"?name={name}",)):
        await line.do("/file/remove", {".id": found[".id"]})
