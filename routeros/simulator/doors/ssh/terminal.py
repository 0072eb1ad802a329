"""The terminal of a router: the prompt, the line being typed, and what the commands print."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from routeros.simulator import console
from routeros.simulator.doors.ssh.line import Line
from routeros.simulator.doors.ssh.look import Look
from routeros.simulator.doors.ssh.prompt import is_safe, prompt
from routeros.simulator.parts.safemode import SafeMode
from routeros.simulator.router import Active, Router

ASK = "\r\x1b[9999;9999H\x1b[6n\r"
"""Where is the cursor, when it went as far as it can? The answer is the size of the terminal."""

_HIJACK = {"u": "unroll", "r": "release", "d": "", "\x03": ""}
"""What may become of another session's safe mode."""

LONGEST = 64 * 1024
"""No line may be longer; what is typed beyond it is lost."""

_KEY = re.compile(r"\x1b\[[0-9;?]*[@-~]|\x1bO.|\r\n|.", re.DOTALL)
_PART = re.compile(r"\x1b(\[[0-9;?]{0,16}|O)?\Z")
_SIZE = re.compile(r"\x1b\[\d+;(\d+)R")
_EDIT: Mapping[str, Callable[[Line], None]] = {
    "\x7f": Line.erase, "\x08": Line.erase, "\x1b[3~": Line.delete, "\x15": Line.kill, "\x0b": Line.cut,
    "\x02": Line.left, "\x1b[D": Line.left, "\x1bOD": Line.left,
    "\x06": Line.right, "\x1b[C": Line.right, "\x1bOC": Line.right,
    "\x01": Line.home, "\x1b[H": Line.home, "\x1bOH": Line.home, "\x1b[1~": Line.home,
    "\x05": Line.end, "\x1b[F": Line.end, "\x1bOF": Line.end, "\x1b[4~": Line.end,
    "\x10": Line.older, "\x1b[A": Line.older, "\x1bOA": Line.older,
    "\x0e": Line.newer, "\x1b[B": Line.newer, "\x1bOB": Line.newer,
}  # fmt: skip


def crlf(text: str) -> str:
    """End lines as a router does."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


class Terminal:
    """Takes what is typed and writes what is shown; ``over`` when the user has left."""

    def __init__(self, router: Router, who: Active, look: Look, write: Callable[[str], None]) -> None:
        self.over = False
        self._router, self._who, self._look, self._write = router, who, look, write
        self._line = Line()
        self._shell = console.Shell(router, who)
        self._held = ""
        self._asks = False
        self._acts: Mapping[str, Callable[[], None]] = {
            "\r": self._enter, "\n": self._enter, "\r\n": self._enter,
            "\x03": self._interrupt, "\x04": self._leave, "\x0c": self._draw,
            "\x18": self._toggle, "\x1bOS": self._toggle, "\x1b[14~": self._toggle,
        }  # fmt: skip

    def begin(self) -> None:
        """Show the first prompt, and ask how large the terminal is where nobody said it."""
        if self._look.asked:
            self._write(ASK)
        self._write(self._prompt)

    def feed(self, typed: str) -> None:
        """Take what was typed, however it is split."""
        typed = self._held + typed
        partial = _PART.search(typed)
        whole = partial.start() if partial else len(typed)
        self._held = typed[whole:]
        for key in _KEY.findall(typed[:whole]):
            if not self.over:
                self._press(key)

    def resize(self, width: int) -> None:
        """Note how wide the terminal is."""
        self._look = replace(self._look, width=width)

    @property
    def _prompt(self) -> str:
        return prompt(self._router, self._who, self._shell.menu, self._look.colours)

    def _press(self, key: str) -> None:
        if self._asks:
            self._answer(key)
        elif key in self._acts:
            self._acts[key]()
        elif key in _EDIT:
            _EDIT[key](self._line)
            self._draw()
        elif size := _SIZE.fullmatch(key):
            self.resize(int(size[1]))
        elif key.isprintable() and len(self._line.text) < LONGEST:
            self._type(key)

    def _type(self, key: str) -> None:
        last = self._line.at == len(self._line.text)
        self._line.put(key)
        if last:
            self._write(key)
        else:
            self._draw()

    def _draw(self) -> None:
        """Write the line again, and take the cursor to its place."""
        behind = len(self._line.text) - self._line.at
        if self._look.dumb:
            self._write(f"\r{self._prompt}{self._line.text} \b" + "\b" * behind)
        else:
            self._write(f"\r{self._prompt}{self._line.text}\x1b[K" + (f"\x1b[{behind}D" if behind else ""))

    def _enter(self) -> None:
        if not self._look.dumb:
            self._line.end()
            self._draw()
        self._write("\r\n")
        self._do(self._line.take().strip())
        if not self.over:
            self._write(self._prompt)

    def _do(self, text: str) -> None:
        if text in ("/quit", "quit"):
            self._keep()
            self.over = True
        elif text:
            printed = self._shell.run(text)
            if self._look.width > 1 or not self._look.asked:
                self._write(crlf(printed.text))

    def _interrupt(self) -> None:
        self._line.clear()
        self._write("\r\n" + self._prompt)

    def _leave(self) -> None:
        """End the session where nothing is typed, and take back what safe mode guards; else delete a character."""
        if self._line.text:
            self._line.delete()
            self._draw()
            return
        if is_safe(self._router, self._who):
            self._safe.unroll(self._who)
        self._write("\r\n")
        self.over = True

    @property
    def _safe(self) -> SafeMode:
        return self._router.part(SafeMode)

    def _keep(self) -> None:
        """Let go of safe mode, and let all changes stay."""
        if is_safe(self._router, self._who):
            self._safe.release(self._who)

    def _toggle(self) -> None:
        """Take safe mode or let go of it; where someone else has it, ask what is to become of it."""
        holder = self._safe.holder
        if holder is None or holder.id == self._who.id:
            taken = is_safe(self._router, self._who)
            self._keep() if taken else self._safe.take(self._who)
            self._line.clear()
            self._write(f"\r\n[Safe Mode {'released' if taken else 'taken'}]\r\n{self._prompt}")
        else:
            self._asks = True
            self._write(f"\r\nHijacking Safe Mode from {holder.name} - unroll/release/don't take it [u/r/d]: ")

    def _answer(self, key: str) -> None:
        """Take safe mode from someone else, if that is wanted."""
        if key not in _HIJACK:
            return
        self._asks = False
        self._line.clear()
        wanted = _HIJACK[key]
        if wanted:
            self._safe.take(self._who, wanted)
        self._write(f"{key}\r\n{self._prompt}" if key.isprintable() else f"\r\n{self._prompt}")
