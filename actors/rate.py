"""How much came in a second, over the last ten."""

from __future__ import annotations

from collections import deque

WINDOW = 10.0


class Rate:
    """Counts with their times; those older than the window are forgotten. Times are seconds that only grow."""

    def __init__(self) -> None:
        self._counted: deque[tuple[float, int]] = deque()

    def add(self, count: int, now: float) -> None:
        """Count what came at ``now``."""
        self._counted.append((now, count))
        self._forget(now)

    def per_second(self, now: float) -> float:
        """Tell the rate over the window that ends at ``now``."""
        self._forget(now)
        return sum(count for _, count in self._counted) / WINDOW

    def _forget(self, now: float) -> None:
        while self._counted and self._counted[0][0] <= now - WINDOW:
            self._counted.popleft()
