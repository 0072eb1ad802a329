"""Find the members of a folder, so that a feature is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, kind: type[T]) -> Iterator[T]:
    """Yield every module-level ``kind`` in the modules of ``package``, by module name, then by place.

    A member that one module imports from another is yielded once, where it was found first.
    Raises ImportError when a module of the folder cannot be imported: a broken member is a fault, not an absence.
    """
    seen: set[int] = set()
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package}.{info.name}")
        for member in vars(module).values():
            if isinstance(member, kind) and id(member) not in seen:
                seen.add(id(member))
                yield member
