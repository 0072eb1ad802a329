"""Find the members of a folder, so that a feature is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, kind: type[T], only: str = "") -> Iterator[T]:
    """Yield every module-level ``kind`` in the modules of ``package`` and its folders, by module name, then by place.

    ``only``: import no other module or folder, where there is one of that name. A member that one module imports from
    another is yielded once, where it was found first.
    Raises ImportError when a module of the folder cannot be imported: a broken member is a fault, not an absence.
    """
    seen: set[int] = set()
    for module in _modules(package, only):
        for member in vars(module).values():
            if isinstance(member, kind) and id(member) not in seen:
                seen.add(id(member))
                yield member


def _modules(package: str, only: str = "") -> Iterator[ModuleType]:
    found = sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda info: info.name)
    for info in [info for info in found if info.name == only] or found:
        yield importlib.import_module(f"{package}.{info.name}")
        if info.ispkg:
            yield from _modules(f"{package}.{info.name}")
