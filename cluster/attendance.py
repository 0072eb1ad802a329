"""Who of the actors is there: notice that one is gone and that it is back, from looks at all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Attendance:
    """What the last look saw. An actor is gone when it does not answer, answers as another process, or is missing.

    One that is missing was taken away on purpose, or its node is lost; a look that saw nobody says nothing.
    """

    _pids: dict[str, int] = field(default_factory=dict)
    _gone: dict[str, float] = field(default_factory=dict)

    def look(self, actors: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        """Compare with the last look; yield a line for each that went or came back."""
        for name in self._pids.keys() - actors.keys() - self._gone.keys() if actors else ():
            self._gone[name] = time.monotonic()
            yield f"{name} is gone"
        for name, seen in actors.items():
            pid = seen.get("pid")
            known = self._pids.get(name)
            if known is not None and pid != known and name not in self._gone:
                self._gone[name] = time.monotonic()
                yield f"{name} died; Ray starts it again"
            if pid is not None:
                self._pids[name] = int(pid)
                if name in self._gone:
                    yield f"{name} is back after {time.monotonic() - self._gone.pop(name):.1f} s"
