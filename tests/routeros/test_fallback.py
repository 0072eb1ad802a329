"""Without the compiled parser the client works as it does with it."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["routeros._words"] = None
from routeros import client, exchanges, words
assert not words.COMPILED
assert words.Parser is words.PurePython is exchanges.Parser
assert words.Parser().runs(words.encode("!done", ".tag=1")) == [("!done", "1", [{}])]
"""


def test_where_nothing_was_built_pure_python_reads() -> None:
    assert subprocess.run([sys.executable, "-c", WITHOUT], check=False).returncode == 0
