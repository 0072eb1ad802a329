"""The commands at the top that read and write configuration as text: ``/export``, ``/import`` and ``/execute``."""

from __future__ import annotations

from routeros.simulator import exporting
from routeros.simulator.console import Shell
from routeros.simulator.console.importing import load
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Lasting, Outcome, Refused, Reply, Steps
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.runs import Run
from routeros.simulator.router import Router


class Jobs:
    """The numbers that ``/execute`` gives; a part of a router."""

    def __init__(self, _: Router) -> None:
        self.last = 0x2200

    def take(self) -> str:
        self.last += 1
        return f"*{self.last:X}"


def _export(router: Router, call: Call) -> Outcome:
    """Write the configuration to a file; without one, the API is told nothing."""
    style = exporting.style(router, call)
    name = call.attributes.get("file")
    if name:
        text = exporting.export(router, style).replace("\n", "\r\n")
        router.part(Files).write(name if name.endswith(".rsc") else f"{name}.rsc", text.encode())
    return Reply()


def _import(router: Router, call: Call) -> Outcome:
    return Lasting(_imported(router, call))


def _imported(router: Router, call: Call) -> Steps[Reply]:
    loaded = yield from load(router, call.attributes, lambda: Shell(router, call.who))
    if loaded.error:
        raise Refused(loaded.error)
    return Reply(returned="true")


def _execute(router: Router, call: Call) -> Outcome:
    """Run text as a job, which goes on by itself; with ``as-string`` (whatever its value) what it prints comes back.

    With ``file`` it goes to a file.
    """
    for name in call.attributes:
        if name not in ("script", "file", "as-string"):
            raise Refused(f"unknown parameter {name}", MISSING)
    if "script" not in call.attributes:
        raise Refused("missing value for argument script", MISSING)
    if "as-string" in call.attributes:
        return Lasting(_executed(router, call))
    Run(router, _executed(router, call), lambda _: None)
    return Reply(returned=router.part(Jobs).take())


def _executed(router: Router, call: Call) -> Steps[Reply]:
    printed = yield from Shell(router, call.who).play(call.attributes["script"])
    if file := call.attributes.get("file"):
        text = printed.text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        router.part(Files).write(f"{file}.txt", text)
    return Reply(returned=printed.text.rstrip("\n"))


MENU = Menu("", bare=True, commands={"export": _export, "import": _import, "execute": _execute})
