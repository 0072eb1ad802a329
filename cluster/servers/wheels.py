"""Where the wheels from PyPI have put the servers' programs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from fleet.errors import StartRefused


def module_file(module: str, pattern: str) -> Path:
    """Return the file inside an installed module's folder; raises StartRefused where it is not there."""
    spec = importlib.util.find_spec(module)
    found = sorted(Path(spec.origin).parent.glob(pattern)) if spec and spec.origin else []
    if not found:
        raise _absent(module)
    return found[0]


def script(distribution: str, name: str) -> Path:
    """Return a program that a distribution has put among the environment's scripts."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        raise _absent(distribution) from None
    for file in files:
        if file.name == name and (path := Path(str(file.locate())).resolve()).exists():
            return path
    raise _absent(distribution)


def _absent(what: str) -> StartRefused:
    return StartRefused(
        f"The embedded server of the package {what} is not installed here.",
        "Run `make setup`, or name a server of your own in the settings (*_url).",
    )
