"""The parsers that the tests try: pure Python, and the compiled one where it was built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from routeros.sentences import Bounds, Memo, PurePython
from routeros.words import COMPILED, Parser

Make: TypeAlias = Callable[..., Any]

needs_compiled = pytest.mark.skipif(not COMPILED, reason="the compiled parser was not built: no compiler was found")


def pure(*bounds: Bounds) -> PurePython:
    """Make the pure parser with so small a memo that it is full again and again."""
    return PurePython(*bounds, memo=Memo(50))


PARSERS = [pytest.param(pure, id="pure"), pytest.param(Parser, id="compiled", marks=needs_compiled)]
