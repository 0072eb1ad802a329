"""The line that is being typed at a prompt: its text, the place of the cursor, and the lines before it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

KEPT = 100


@dataclass(slots=True)
class Line:
    """Every method changes the line; whoever shows it draws it again."""

    text: str = ""
    at: int = 0
    _past: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    _back: int = 0

    def put(self, more: str) -> None:
        """Write where the cursor stands."""
        self.text = self.text[: self.at] + more + self.text[self.at :]
        self.at += len(more)

    def erase(self) -> None:
        """Take away what is left of the cursor."""
        if self.at:
            self.text = self.text[: self.at - 1] + self.text[self.at :]
            self.at -= 1

    def delete(self) -> None:
        """Take away what is under the cursor."""
        self.text = self.text[: self.at] + self.text[self.at + 1 :]

    def kill(self) -> None:
        """Take away everything before the cursor."""
        self.text, self.at = self.text[self.at :], 0

    def cut(self) -> None:
        """Take away everything from the cursor on."""
        self.text = self.text[: self.at]

    def left(self) -> None:
        self.at = max(0, self.at - 1)

    def right(self) -> None:
        self.at = min(len(self.text), self.at + 1)

    def home(self) -> None:
        self.at = 0

    def end(self) -> None:
        self.at = len(self.text)

    def older(self) -> None:
        """Show the line before the one that is shown."""
        self._show(min(len(self._past), self._back + 1))

    def newer(self) -> None:
        self._show(max(0, self._back - 1))

    def take(self) -> str:
        """Return what was typed and begin anew."""
        taken = self.text
        if taken.strip() and (not self._past or self._past[-1] != taken):
            self._past.append(taken)
        self.clear()
        return taken

    def clear(self) -> None:
        self.text, self.at, self._back = "", 0, 0

    def _show(self, back: int) -> None:
        self._back = back
        self.text = self._past[-back] if back else ""
        self.at = len(self.text)
